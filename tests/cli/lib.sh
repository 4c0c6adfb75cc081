# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh disable=SC2034 # read by those who include it
# What the tests of the command line share.  Each of them includes this file,
# works in a folder of its own below the build folder, and ends with `finish`.
set -eu
trial=$(mktemp -d "$PWD/cli-XXXXXX")
trap 'rm -rf "$trial"' EXIT
n_failed=0
here=$KAC_SRCDIR/tests/cli
this=cli/$(basename "$0")
: >"$trial/proved"

ok() { echo "ok: $*"; }

failed() {
  echo "FAILED: $*"
  n_failed=$((n_failed + 1))
}

skip() {
  echo "skipped: $*"
  echo "${1%% *}" >>"$trial/proved"
}

# row ID COLUMN: of the fault in tests/faults.tsv
row() {
  awk -F '\t' -v id="$1" -v column="$2" '$1 == id { print $column }' \
    "$KAC_SRCDIR/tests/faults.tsv"
}

# prove WHAT: a WHAT that begins with the number of a fault (F43) is its test
# if the last kac did what the row of the fault says.
prove() {
  id=${1%% *}
  case $id in F[0-9]*) ;; *) return 0 ;; esac
  shown=$(row "$id" 4)
  if [ -z "$shown" ]; then
    failed "$id has no row in tests/faults.tsv"
  elif [ "$(row "$id" 2)" = "$this" ] && [ "$(row "$id" 3)" -eq "$status" ] &&
    { [ "$shown" = - ] || grep -Eq -- "$shown" "$trial/err"; }; then
    echo "$id" >>"$trial/proved"
  fi
}

# check WHAT COMMAND...: the command must succeed.
check() {
  what=$1
  shift
  if "$@"; then
    ok "$what"
    prove "$what"
  else
    failed "$what"
  fi
}

# Every row of tests/faults.tsv that names this file must have been proved.
finish() {
  awk -F '\t' -v this="$this" '$2 == this { print $1 }' \
    "$KAC_SRCDIR/tests/faults.tsv" >"$trial/rows"
  while read -r id; do
    grep -qx "$id" "$trial/proved" ||
      failed "$id of tests/faults.tsv has no test in $this that shows it"
  done <"$trial/rows"
  [ "$n_failed" -eq 0 ]
}

# kac ARGUMENT...: its exit status in $status, what it printed in out and err.
# A child that hangs is a failure, not a test that hangs.
kac() {
  status=0
  timeout 120 "$KAC" "$@" >"$trial/out" 2>"$trial/err" || status=$?
  if grep -Eq 'Sanitizer|runtime error:' "$trial/err"; then
    failed "a sanitizer has a complaint about kac $*"
    show
  fi
}

show() {
  echo "  kac gave $status:"
  sed 's/^/  | /' "$trial/err"
}

# says CODE PATTERN WHAT: the last kac ended with the code and printed a line
# of messages that has the pattern (an extended regular expression); the
# pattern "" wants none at all.
says() {
  if [ "$status" -eq "$1" ] &&
    if [ -n "$2" ]; then grep -Eq -- "$2" "$trial/err"
    else ! [ -s "$trial/err" ]; fi; then
    ok "$3"
    prove "$3"
  else
    failed "$3: expected code $1 and /$2/"
    show
  fi
}

# keeps_nothing FOLDER WHAT: no file there bears the name of a result, and
# none is left over.
keeps_nothing() {
  left=$(ls -A "$1" 2>/dev/null || :)
  if [ -z "$left" ]; then ok "$2"; else failed "$2: left $left"; fi
}

# pipeline SCORE LINE...: a small config on standard output, with the keys of
# its score (line 4) and more lines.
pipeline() {
  cat <<END
state = { real = 2; };
schedule = { plugin = "ve"; };
time = { steps = 20; };
END
  printf 'scores = ( { id = "q"; %s } );\n' "$1"
  shift
  for line; do echo "$line"; done
}
advance='integrators = ( { plugin = "euler_maruyama"; } );'
hundred='population = { particles = 100; };'

# number FILE KEY: a top-level number of a run.json.
number() {
  sed -n "s/^ *\"$2\": *\([-+0-9.eE]*\),*\$/\1/p" "$1" | head -n 1
}
