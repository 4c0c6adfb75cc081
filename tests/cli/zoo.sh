#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every law of `kac test` can fail: plugins that break one each (tests/zoo.tsv),
# built as a stranger builds, and files that are no plugins at all.  Healthy
# ones pass all laws.  KAC_MUTANT_EVERY=K: one animal in K, as in mutants.sh.
. "$KAC_SRCDIR/tests/cli/lib.sh"
zoo=$KAC_BUILDDIR/zoo-tree
tab=$(printf '\t')
cd "$trial"
ulimit -c 0
ulimit -s 8192 # an endless recursion is to meet its end soon

# A crash is a signal with the sanitizers as well.
ASAN_OPTIONS=handle_segv=0:handle_abort=0:abort_on_error=1:detect_leaks=0
UBSAN_OPTIONS=abort_on_error=1
export ASAN_OPTIONS UBSAN_OPTIONS
unasked=
if "$KAC" test "$zoo/healthy_potential.so" --only leaks | grep -q sanitizer; then
  unasked="leaks ends"
fi

# breaks LAW WORDS: the verdict in $out says so
breaks() {
  [ "$status" -eq 4 ] && grep -q "^  $1 *BROKEN" "$out" &&
    grep -F BROKEN "$out" | grep -qF -- "$2"
}

# judge ANIMAL KIND LAW WORDS OTHERS: one row, its verdict on one line
judge() {
  case " $unasked " in *" $3 "*)
    echo "ok: $1 is not asked: the sanitizer does not let the law tell"
    return 0
    ;;
  esac
  status=0
  out=$1.out
  only="--only $3"
  if [ "$3" = - ] || [ "$5" = alone ]; then only=; fi
  case $1 in *_for_ever) limit=1 ;; *) limit=30 ;; esac
  # shellcheck disable=SC2086 # none, or two words
  "$KAC" test "$zoo/$1.so" $only --timeout "$limit" >"$out" 2>&1 || status=$?
  n_broken=$(grep -c '^  [a-z]* *BROKEN' "$out" || :)
  if [ "$3" != loads ] && ! grep -q "^$2 '$1'" "$out"; then
    echo "FAILED: $1 is no $2: $(cat "$out")"
  elif [ "$3" = - ] && [ "$status" -eq 0 ] && [ "$n_broken" -eq 0 ]; then
    echo "ok: $1 keeps all laws"
  elif breaks "$3" "$4" && [ "$n_broken" -eq 1 ]; then
    echo "ok: $1 breaks $3${only:+ if nothing else is asked}"
  else
    echo "FAILED: $1, $3, exit $status: $(cat "$out")"
  fi
}

run_part() {
  part=$1 every=${KAC_MUTANT_EVERY-1} first=${KAC_MUTANT_FIRST-0}
  row=0
  while IFS="$tab" read -r animal kind law words others; do
    case $animal in '#'*) continue ;; esac
    row=$((row + 1))
    [ $((row % (2 * every))) -ne $((part + 2 * first)) ] ||
      judge "$animal" "$kind" "$law" "$words" "$others"
  done <"$KAC_SRCDIR/tests/zoo.tsv"
}
run_part 0 >part0 &
run_part 1 >part1
wait
cat part0 part1
n_failed=$((n_failed + $(cat part0 part1 | grep -c '^FAILED' || true)))

# Every law has an animal that breaks it.
"$KAC" test --list | awk '/^s score/ { exit } { print $1 }' >laws
while read -r law; do
  awk -F '\t' -v law="$law" '$3 == law { n++ } END { exit !n }' \
    "$KAC_SRCDIR/tests/zoo.tsv" || failed "no animal breaks the law $law"
done <laws
# And every animal has a row.
for file in "$KAC_SRCDIR"/tests/zoo/*.c; do
  animal=$(basename "$file" .c)
  grep -q "^$animal$tab" "$KAC_SRCDIR/tests/zoo.tsv" ||
    failed "tests/zoo.tsv has no row for $animal"
done

# says WHAT EXIT WORDS ARGUMENT...
says() {
  what=$1
  expected=$2
  words=$3
  shift 3
  status=0
  "$KAC" test "$@" >out 2>&1 || status=$?
  if [ "$status" -eq "$expected" ] && grep -qF -- "$words" out; then
    ok "$what"
  else
    failed "$what: exit $status: $(cat out)"
  fi
}
good=$zoo/healthy_potential.so
echo "not a plugin" >text.so
head -c 900 "$good" >short.so
: >empty.so
mkdir folder.so
says "a text file" 4 "loads      BROKEN" ./text.so
says "a truncated file" 4 "loads      BROKEN" ./short.so
head -c "$(($(wc -c <"$good") / 2))" "$good" >half.so
says "half a file" 4 "loads      BROKEN" ./half.so
says "an empty file" 4 "loads      BROKEN" ./empty.so
says "a folder" 4 "loads      BROKEN" ./folder.so
says "no such file" 3 "No such file" ./none.so
says "no such name" 3 "did you mean 'gaussian'" score/gausian
says "no such law" 2 "did you mean 'gradient'" "$good" --only gradeint
says "a law of other kinds" 2 \
  "error: --only vjp: the law was not asked: it is no law of potentials" \
  "$good" --only vjp
says "a law that cannot be asked" 2 \
  "error: --only state: the law was not asked: it keeps no bytes" \
  "$good" --only state
says "a seed that is none" 2 "whole number" "$good" --seed one
says "a key that is none" 4 "unknown key" "$good" --set stifness=2
says "a key that must be given" 2 "it needs --set KEY=VALUE" score/gmm
says "a key of several" 2 "it needs --set KEY=VALUE" compare
says "a state of bodies" 2 "it needs --particles N" observer/xyz
says "a state of bodies for one law" 2 "it needs --particles N" contact \
  --only gradient
says "no plugin at all" 2 "name a plugin"
says "in this process" 0 "1 laws kept" "$good" --in-process \
  --only gradient
if [ -z "$unasked" ]; then
  says "a crash names the plugin, not another" 4 "'finite_segfault' (" \
    "$zoo/finite_segfault.so" --only finite
  says "a crash in destroy does" 4 "'creates_frees_twice' (" \
    "$zoo/creates_frees_twice.so" --only creates
fi
says "as JSON" 0 '"broken": 0' "$good" --json
says "the advice in JSON" 4 '"advice": "write all of io for' \
  "$zoo/written_last_row.so" --only written --json
says "the command in JSON" 4 "--only written\"" "$zoo/written_last_row.so" \
  --only written --json

# Where to look follows from what was seen.
says "a text file is not the Makefile's fault" 4 "not its source" ./text.so
cp "$good" open.so
chmod 666 open.so
says "a file that anyone may write" 4 "only its owner may write it" ./open.so
mkfifo pipe.so
says "a pipe" 4 "not its source nor its folder" ./pipe.so
says "an exit in a call" 4 "return a kac_status" "$zoo/finite_exits.so" \
  --only finite
says "a crash is for a debugger" 4 "gdb --args kac test" \
  "$zoo/finite_segfault.so" --only finite
says "a hang is not of the law" 4 "a lock that stays locked" \
  "$zoo/finite_for_ever.so" --only finite --timeout 1
says "a call that is refused" 4 "it is the plugin that returned this" \
  "$zoo/finite_fails.so" --only finite
says "what changes each time is said before the laws that compare" 4 \
  "may be the same: begin there" "$zoo/repeats_counter.so"
grep -F BROKEN out | head -n 1 | grep -q '^  repeats' ||
  failed "another law comes before repeats: $(cat out)"
says "rand() is warned of" 0 "warning: it calls" "$zoo/honest_drawing.so" \
  --only exports
if "$KAC" test "$good" --set stifness=2 2>&1 | grep -q 'kac test:[0-9]'; then
  failed "a line of a config that nobody has seen"
fi

# The pipe ends as the last process that has it does.
status=0
{ "$KAC" test "$zoo/manners_daemon.so" --only manners 3>&1 >out 2>&1 || :; } |
  timeout 30 cat || status=$?
if [ "$status" -eq 0 ]; then
  ok "a process that has left its group is killed"
else
  failed "a process is left of manners_daemon"
fi

# What ends two processes would end the others.
says "an endless loop is waited for twice" 4 "not asked: calls ended" \
  "$zoo/finite_for_ever.so" --timeout 1
[ "$(grep -c 'not done after' out)" -eq 2 ] ||
  failed "endless loops: $(cat out)"
says "an exit in a call is seen twice" 4 "2 broken" "$zoo/finite_exits.so"
finish
