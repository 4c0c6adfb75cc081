#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# One table, four views: what the parsers take, kac help, kac(1) and the
# completion of bash agree on every option of every command; the pages have no
# roff error; what they say of exit codes, variables and the ABI is true.
. "$KAC_SRCDIR/tests/cli/lib.sh"
cd "$trial"
page=$KAC_BUILDDIR/kac.1
plugin_page=$KAC_BUILDDIR/kac-plugin.7
completion=$KAC_BUILDDIR/completion/kac

same() { # FILE FILE WHAT
  if diff "$1" "$2" >difference; then
    ok "$3"
  else
    failed "$3"
    sed 's/^/  | /' difference
  fi
}

# --- views ------------------------------------------------------------------
kac help
sed -n '1,/^$/d; /^$/q; s/^  \([a-z-]*\) .*/\1/p' out >commands
check 'kac help lists commands' test "$(wc -l <commands)" -ge 6

options_of_help() {
  kac help "$1"
  sed -n 's/^  --\([a-z-]*\).*/\1/p' out | sort
}
options_of_page() { # FILE COMMAND
  awk -v begin="^.SS \"kac $2[ \"]" '
    /^\.S[SH]/ { gsub(/\\-/, "-"); on = $0 ~ begin; next }
    on && /^\.BI? "\\-\\-/ { gsub(/\\-/, "-"); gsub(/"/, ""); print substr($2, 3) }
  ' "$1" | sort
}
options_of_completion() {
  sed -n '/^_kac_options/,/^}/p' "$completion" |
    sed -n "s/^    $1) echo '\(.*\)' ;;\$/\1/p" | tr ' ' '\n' |
    sed 's/^--//' | sort
}
# Of the options of all commands, those that the parser knows: it asks for the
# config or the value, but not what that option is.
options_of_parser() {
  while read -r option; do
    kac "$1" "--$option" </dev/null
    grep -q 'unknown option' err || echo "$option"
  done <all
}

while read -r command; do options_of_help "$command"; done <commands |
  sort -u >all
while read -r command; do
  options_of_help "$command" >of-help
  check "kac $command has --help" grep -qx help of-help
  options_of_page "$page" "$command" >of-page
  options_of_completion "$command" >of-completion
  options_of_parser "$command" >of-parser
  for view in page completion parser; do
    same of-help "of-$view" "kac $command: help and $view agree"
  done
done <commands

# Wrong twins: a page that lacks an option or says another command's.
sed '/overwrite/d' "$page" >twin.1
options_of_help run >of-help
options_of_page twin.1 run >of-twin
check 'a page without an option is noticed' test -n \
  "$(diff of-help of-twin | grep '^< overwrite$')"
sed '/\\-\\-quiet/s/quiet/explain/' "$page" >twin.1
options_of_page twin.1 run >of-twin
check 'a page with too much is noticed' test -n \
  "$(diff of-help of-twin | grep '^> explain$')"

# --- the pages --------------------------------------------------------------
for name in kac.1 kac-plugin.7; do
  case $name in kac.1) kac help --man ;; *) kac help --man plugin ;; esac
  same out "$KAC_BUILDDIR/$name" "$name is what this kac writes"
  if command -v mandoc >/dev/null; then
    check "mandoc: $name" test -z "$(mandoc -T lint -W warning out 2>&1)"
  fi
  if command -v groff >/dev/null; then
    check "groff: $name" test -z "$(groff -ww -man -T ascii -z out 2>&1)"
  fi
  if man --version >/dev/null 2>&1; then
    check "man: $name" test -z \
      "$(LC_ALL=C.UTF-8 man --warnings -E UTF-8 -Tutf8 -Z -l out 2>&1 >/dev/null)"
  fi
done
if command -v mandoc >/dev/null; then
  printf '.TH A 1 2020-01-01\n.SH NAME\n.XY a\n' >twin.1
  check 'mandoc notices a wrong macro' test -n \
    "$(mandoc -T lint -W warning twin.1 2>&1)"
fi

# in_page NAME: an item of kac(1)
in_page() { grep -qxF ".B \"$1\"" "$page"; }
sed -n 's/^  EXIT_[A-Z_]* = \([0-9]*\),*$/\1/p' \
  "$KAC_SRCDIR/core/config/diag.h" | grep -vx 75 >codes # 75 becomes 128 + n
while read -r code; do
  check "kac(1) has exit code $code" in_page "$code"
done <codes
check 'and no other' test "$(sed -n '/^.SH "EXIT/,/^.SH "ENV/p' "$page" |
  grep -c '^.B "[0-9]*"$')" -eq "$(wc -l <codes)"

grep -ho 'getenv("[A-Z_]*")' "$KAC_SRCDIR"/core/*/*.c \
  "$KAC_SRCDIR"/plugins/*/*.c | sed 's/.*"\(.*\)".*/\1/' | sort -u >variables
sed -n '/^.SH "ENVIRONMENT/,/^.SH "FILES/s/^.B "\([A-Z_]*\)"$/\1/p' "$page" |
  sort >of-page
same variables of-page 'kac(1) has the variables that the sources ask for'

header=$KAC_SRCDIR/include/kac/plugin.h
sed -n 's/^  \(KAC_[A-Z]*\) = \(-*[0-5]\),* .*$/\1 \2/p
        s/^  \(KAC_OK\) = 0,$/KAC_OK 0/p' "$header" |
  grep '^KAC_\(OK\|E\)' | sort >statuses
sed -n '/^.SH "STATUS/,/^.SH "SEARCH/p' "$plugin_page" | tr -d '\\' |
  sed -n 'N; s/^.B "\(KAC_[A-Z]*\)"\n\(-*[0-9]\):.*/\1 \2/p; D' |
  sort >of-page
same statuses of-page 'kac-plugin(7) has the codes of plugin.h'
check 'kac-plugin(7) has the version of plugin.h' grep -q \
  "version $(sed -n 's/^#define KAC_ABI_MAJOR \([0-9]*\)u/\1/p' "$header").$(
    sed -n 's/^#define KAC_ABI_MINOR \([0-9]*\)u/\1/p' "$header")" "$plugin_page"
for kind in score potential integrator resampler schedule observer; do
  check "kac-plugin(7) has the kind $kind" grep -q "^.B \"$kind\"" "$plugin_page"
done
grep -o 'plugin, id, mode,.*$' "$header" >/dev/null ||
  failed 'plugin.h no longer lists the keys of the host'
sed -n '/may not be declared: plugin/,/any_of, all_of/p' "$header" |
  sed 's/.*declared: *//; s/by potentials also not//' | tr -cs 'a-z_' '\n' |
  grep . | sort >keys
sed -n '/^These keys/,/^.SH/p' "$plugin_page" | grep -v '^\.\|^These\|^and by' |
  tr -cs 'a-z_' '\n' | grep . | sort >of-page
same keys of-page 'kac-plugin(7) has the reserved keys of plugin.h'

# --- the completion ---------------------------------------------------------
# completes 'WORDS' EXPECTED...: the last word completed gives at least these;
# _ stands for a word that has not begun.
cat >complete.bash <<'BASH'
. "$1"
shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
[ "${COMP_WORDS[COMP_CWORD]}" != _ ] || COMP_WORDS[COMP_CWORD]=
_kac
printf '%s\n' "${COMPREPLY[@]}"
BASH
completes() {
  words=$1
  shift
  set -f
  # shellcheck disable=SC2086 # words
  bash -u complete.bash "$completion" "$KAC" $words >replies 2>&1 ||
    failed "completion of '$words'"
  set +f
  for expected; do
    check "completion of '$words': $expected" grep -qxF -- "$expected" replies
  done
}
exactly() { # WORDS REPLY: the only one
  completes "$1" "$2"
  check "completion of '$1': nothing else" test "$(wc -l <replies)" -eq 1
}
if command -v bash >/dev/null; then
  mkdir folder
  : >a.cfg
  : >mine.so
  completes r run
  exactly 'run --ov' --overwrite
  exactly 'check-model --poi' --points
  exactly 'run --set se' seed=
  exactly 'run --set tim' time.
  exactly 'run --set pot' 'potentials[0].'
  exactly 'run --set time.st' time.steps=
  exactly 'check --set potentials[0].str' 'potentials[0].strength='
  exactly 'run a.cfg --output fol' folder
  exactly 'run a.cfg --output = fol' folder
  exactly 'check a.c' a.cfg
  exactly 'check --seed 1 --set b=2 a.c' a.cfg
  exactly 'test --only exp' exports
  exactly 'test gm' gmm
  exactly 'new pot' potential
  exactly 'new --dir folder pot' potential
  exactly 'new potential --di' --dir
  completes 'new potential sc' ''
  completes 'check _' a.cfg folder
  completes 'check a.cfg a.c' ''
  exactly 'info score/gm' score/gmm
  completes 'info po' potentials population potential/box
  exactly 'info min' mine.so
  exactly 'list resa' resampler
  cat >own.cfg <<'CFG'
schedule = { plugin = "ve"; };  # no plugin = "cosine"
potentials = ( { plugin = "linear"; }, { plugin="quadratic"; } );
CFG
  exactly 'run own.cfg --set potentials[0].stif' 'potentials[0].stiffness='
  exactly 'check own.cfg --set schedule.sigma_ma' schedule.sigma_max=
  completes 'check own.cfg --set schedule.max_' ''
  exactly 'run own.cfg --set potentials[0].mode = dif' difference
  completes 'run own.cfg --set potentials[0].mode =' max sum guide
  exactly 'run own.cfg --set resampler.plugin = resi' residual
  exactly 'test quadratic --set stif' stiffness=
  exactly 'test resampler/systematic --set order = ind' index
  exactly 'help check-' check-model
  # shellcheck disable=SC2046 # words
  completes _ $(cat commands)
  # shellcheck disable=SC2046 # words
  while read -r command; do
    completes "$command --" $(options_of_help "$command" | sed 's/^/--/')
  done <commands
  kac info potentials
  sed -n '1,/^name/d; /^$/q; s/^\([a-z_]*\) .*/potentials[1].\1=/p' out >keys
  bash complete.bash "$completion" "$KAC" run --set 'potentials[1].' >replies
  same keys replies 'all keys of a section are offered'
fi

# --- kac help itself --------------------------------------------------------
while read -r command; do
  kac help "$command"
  check "kac help $command fits into 79 columns" test -z \
    "$(awk 'length > 79' out)"
  mv out help
  kac "$command" --help
  same out help "kac $command --help is kac help $command"
done <commands
if [ -w /dev/full ]; then
  status=0
  "$KAC" help >/dev/full 2>err || status=$?
  says 6 '^kac: error: standard output: ' 'help that cannot be written'
fi
kac help --frob
says 2 "^kac: error: unknown option '--frob'\$" 'kac help: no such option'
kac help run check
says 2 "^kac: error: unexpected argument 'check'\$" 'kac help of two'
kac help --man plug
says 2 "^kac: error: unexpected argument 'plug'\$" 'no such page'
finish
