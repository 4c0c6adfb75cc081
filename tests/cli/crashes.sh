#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Plugins that crash or leave the process: whoever of them it was is named, at
# an address that addr2line takes, in one line; a crash ends by its signal.
. "$KAC_SRCDIR/tests/cli/lib.sh"
cd "$trial"
# shellcheck disable=SC3045 # where there is none, cores are no matter
ulimit -c 0 || :
KAC_PLUGIN_PATH=$KAC_PLUGIN_PATH:$KAC_FIXTURES
cp "$KAC_FIXTURES/potential/crashes.so" .
file=$trial/crashes.so
has_handlers=true
if grep -q __asan_init "$KAC"; then
  skip "the sanitizer's own handlers run"
  has_handlers=false
fi
# Where registers have names in crash.c.
offset=
case $(uname -m) in x86_64 | aarch64) offset=', at crashes.so\+0x[0-9a-f]+$' ;; esac

push='potentials = ( { plugin = "quadratic"; mode = "rate"; stiffness = 0.1; } );'

# uses KIND HOW: a config with this component, in run.cfg; where in $place
uses() {
  keys="plugin = \"./crashes.so\"; how = \"$2\";"
  place=run.cfg:7
  case $1 in
    potential) more="potentials = ( { $keys mode = \"max\"; } );" ;;
    resampler) more="resampler = { $keys ess_below = 1.0; }; $push" ;;
    observer) more="observers = ( { $keys } );" ;;
    schedule) more="schedule = { $keys };" place=run.cfg:6 ;;
  esac
  pipeline 'plugin = "gaussian";' "$advance" "$hundred" "$more" >run.cfg
  if [ "$1" = schedule ]; then sed -i '/"ve"/d' run.cfg; fi
}

# dies KIND HOW ID WHERE [check]: a run, or a check, and its message
dies() {
  uses "$1" "$2"
  pattern="^$place: error: $3 'crashes' \\($file\\) crashed$4: SIGSEGV, "
  pattern="${pattern}an invalid memory access at address 0x10$offset"
  kac "${5-run}" run.cfg
  says 139 "$pattern" "$2 ($1) crashes${5+ in kac $5}"
  check "$2 ($1): nothing but that" test "$(grep -c ': error: ' err)" -eq 1
}

# at_function NAME OFFSET-OF: what addr2line makes of the last message
at_function() {
  at=$(sed -n "s/.*$2 crashes.so+\\(0x[0-9a-f]*\\).*/\\1/p" err)
  check "addr2line finds $1" test \
    "$(addr2line -f -e "$file" "$at" | head -n 1)" = "$1"
}
has_names=false
if [ -n "$offset" ] && command -v addr2line >/dev/null; then has_names=true; fi

# ends_whole HOW CODE PATTERN WHAT: whatever the threads do at once, one message
# comes out, in one piece.
ends_whole() {
  uses potential "$1"
  times=$(awk -v s="${KAC_TEST_SCALE-1}" 'BEGIN { print int(20 * s) + 1 }')
  for _ in $(seq "$times"); do
    kac run run.cfg --quiet --threads 4 --set block=4
    echo "$status $(grep -c ": error: " err) $(grep -Ec "^$place: error: .*$3" err)"
  done | sort -u >ends
  check "$4" test "$(cat ends)" = "$2 1 1"
}

if $has_handlers; then
  dies potential eval 'potentials\[0\]' ' at step 1, rows 0 to 99'
  if $has_names; then at_function die_here at; fi
  dies observer begin 'observers\[0\]' ''
  dies observer record 'observers\[0\]' ' at step 3, rows 0 to 99'
  dies observer end 'observers\[0\]' ''
  dies schedule range schedule ''
  dies schedule range schedule '' check
  dies schedule coeffs schedule ''
  dies schedule coeffs schedule '' check
  dies resampler n_uniform resampler ''
  dies resampler resample resampler ' at step 1, rows 0 to 99'

  uses potential call
  kac run run.cfg --quiet
  says 139 "rows 0 to 99: SIGSEGV, a call through a null pointer${offset:+, called from crashes.so\\+0x}" \
    'a call through a null pointer'
  if $has_names; then at_function eval from; fi
  uses potential library
  kac run run.cfg --quiet
  says 134 "rows 0 to 99: SIGABRT, .*${offset:+called from crashes.so\\+0x}" \
    'abort() has its caller'
  if $has_names; then at_function abort_here from; fi

  # Code that kac did not call.
  if [ -n "$offset" ]; then
    alone="^kac: error: $file crashed in a thread of its own: "
    uses potential thread
    kac run run.cfg --quiet
    says 139 "${alone}SIGSEGV, .*$offset" 'a thread of its own crashes'
    uses potential thread_abort
    kac run run.cfg --quiet
    says 134 "${alone}SIGABRT, .*, called from crashes.so\\+" \
      'a thread of its own aborts'
    export KAC_CRASH=destructor
    uses potential never
    kac run run.cfg --quiet
    says 139 "^kac: error: $file crashed while kac was ending: SIGSEGV, .*$offset" \
      'a destructor crashes'
    check 'after the report' grep -q 'log Z' out
  fi

  export KAC_CRASH=constructor
  uses potential never
  mkdir -p listed/potential
  cp crashes.so listed/potential
  for command in 'run run.cfg --quiet' 'check run.cfg' 'info ./crashes.so' \
    'list --plugin-path listed'; do
    # shellcheck disable=SC2086 # words
    kac $command
    says 139 "^kac: error: $trial/.*crashes.so crashed while it was loaded: SIGSEGV, .*$offset" \
      "a constructor crashes: kac $command"
  done
  unset KAC_CRASH

  ends_whole eval 139 "$offset" 'four threads crash and one message is whole'
fi

# Those that leave.
for way in exit:exit exit_bare:_exit exit_iso:_Exit exit_quick:quick_exit \
  exit_library:exit; do
  uses potential "${way%:*}"
  kac run run.cfg --quiet
  says 4 "^run.cfg:7: error: potentials\\[0\\] 'crashes' \\($file\\) called ${way#*:}\\(\\) at step 1, rows 0 to 99\$" \
    "a plugin calls ${way#*:}()"
done
ends_whole exit 4 'called exit\(\) at step 1, rows [0-9]+ to [0-9]+$' \
  'four threads leave'
export KAC_CRASH=leave
kac info ./crashes.so
says 4 "^kac: error: $file called _exit\\(\\) while it was loaded\$" \
  'a constructor leaves'
finish
