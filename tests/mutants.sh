#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Negative controls: each row of tests/mutants.tsv is a wrong twin of one source
# file, which its test must reject.  Only the changed copy is compiled: a file
# of core/ is linked in front of the library, a plugin goes to a folder that is
# searched first.  A mutant that survives, or whose text no longer stands in its
# file exactly once, is a failure; so is a test that does not pass with the
# unchanged file in the same way.  Arguments: names of mutants, default all, or
# with KAC_MUTANT_EVERY=K every K-th of all, from number KAC_MUTANT_FIRST (below
# K) on; those of tests that configure has left out for want of a library
# (KAC_ABSENT_TESTS) are left out too.
set -eu
work=$(mktemp -d "$PWD/mutants-XXXXXX")
trap 'rm -rf "$work"' EXIT
KAC_TEST_SCALE=${KAC_MUTANT_SCALE-0.05}
export KAC_TEST_SCALE

awk -F '\t' -v names=" $* " -v every="${KAC_MUTANT_EVERY-1}" \
  -v first="${KAC_MUTANT_FIRST-0}" \
  -v absent=" ${KAC_ABSENT_TESTS-} " '
  /^[^#]/ && !index(absent, " " $5 " ") &&
    (names == "  " ? n++ % every == first : index(names, " " $1 " "))' \
  "$KAC_SRCDIR/tests/mutants.tsv" | tr '\t' '\037' >"$work/rows"
separator=$(printf '\037') # no blank: `read` keeps empty fields
cut -d "$separator" -f 2 "$work/rows" | sort -u >"$work/files"

# change OLD NEW <FILE: \n stands for a line break in both.
change() {
  old=$1 new=$2 awk '
    { text = text $0 "\n" }
    END {
      old = ENVIRON["old"]; new = ENVIRON["new"]
      gsub(/\\n/, "\n", old); gsub(/\\n/, "\n", new)
      at = index(text, old)
      if (!at || index(substr(text, at + 1), old)) exit 1
      printf "%s%s%s", substr(text, 1, at - 1), new,
        substr(text, at + length(old))
    }'
}

# compile COPY SOURCE FOLDER: an object or a module there; for a layer of
# networks an object and the modules of the networks that have it.
compile() {
  module=$3/tree/${2#plugins/}
  to="-c -o $3/copy.o" libraries=
  case $2 in
  plugins/net/egnn* | plugins/net/unet* | plugins/net/layers* | \
    plugins/net/tiles* | plugins/net/mlp* | plugins/net/shared*)
    compile_networks "$@"
    ;;
  plugins/net/*) ;;
  plugins/*)
    mkdir -p "${module%/*}"
    to="-fPIC -shared -o ${module%.c}.so"
    libraries="$KAC_BUILDDIR/plugins/net/.libs/libnet.a $KAC_NET_LIBS"
    case $2 in
    */python.c) libraries=$KAC_PYTHON ;;
    */torch.c)
      libraries="$KAC_BUILDDIR/plugins/torch/.libs/libscript.a $libraries \
        $KAC_TORCH_LIBS"
      ;;
    esac
    ;;
  esac
  # shellcheck disable=SC2086 # lists of flags
  $CC $KAC_CPPFLAGS $KAC_CFLAGS -w -g0 -O1 -iquote "$KAC_SRCDIR/${2%/*}" "$1" \
    $to $libraries -lm
}

# compile_networks COPY SOURCE FOLDER: tests look into one folder only.
compile_networks() {
  mkdir -p "$3/tree/score"
  for score in egnn mlp unet; do
    # shellcheck disable=SC2086
    $CC $KAC_CPPFLAGS $KAC_CFLAGS -w -g0 -O1 -fPIC -shared \
      -iquote "$KAC_SRCDIR/${2%/*}" "$KAC_SRCDIR/plugins/score/$score.c" "$1" \
      "$KAC_BUILDDIR/plugins/net/.libs/libnet.a" \
      -o "$3/tree/score/$score.so" $KAC_NET_LIBS -lm
  done
}

# prepare TEST FOLDER: FOLDER/run is the test with what was compiled there.
prepare() {
  rm -f "$2/run"
  if [ -f "$2/copy.o" ]; then
    # shellcheck disable=SC2086
    $CC $KAC_CFLAGS -Wl,-S "$KAC_BUILDDIR/tests/$1.o" "$2/copy.o" \
      "$KAC_BUILDDIR/tests/libtesting.a" \
      "$KAC_BUILDDIR/plugins/net/.libs/libnet.a" \
      "$KAC_BUILDDIR/libkaccore.a" $KAC_NET_LIBS $KAC_LIBS -o "$2/run"
  else
    ln -s "$KAC_BUILDDIR/tests/$1" "$2/run"
  fi
}

# try TEST CASE FOLDER: passed, or what happened; the output is in FOLDER/log.
try() {
  prepare "$1" "$3" >"$3/log" 2>&1 || {
    echo 'does not link'
    return 0
  }
  status=0
  (
    # shellcheck disable=SC3045 # where there is none, nothing is limited
    ulimit -t 60 || :
    export KAC_PLUGIN_PATH="$3/tree:$KAC_PLUGIN_PATH" CK_RUN_CASE="$2"
    cd "$3" # a test that fails leaves its folders behind
    exec "$3/run"
  ) >"$3/log" 2>&1 || status=$?
  checks=$(sed -n 's/^[0-9]*%: Checks: //p' "$3/log")
  case $status/$checks in
  0/[1-9]*) echo passed ;;
  0/*) echo 'no such test case' ;;
  152/*) echo 'timed out' ;;
  */) echo crashed ;;
  *) echo failed ;;
  esac
}

show() { sed 's/^/  | /' "$1/log"; }

# mutant ROW: its verdict, one line.
mutant() {
  IFS=$separator read -r name file old new test case <<-end
	$1
	end
  folder=$work/$name
  copy=$folder/${file##*/}
  mkdir "$folder"
  if ! change "$old" "$new" <"$KAC_SRCDIR/$file" >"$copy"; then
    echo "FAILED $name: its text does not stand in $file exactly once"
  elif ! compile "$copy" "$file" "$folder" >"$folder/log" 2>&1; then
    echo "FAILED $name: does not compile"
    show "$folder"
  else
    result=$(try "$test" "$case" "$folder")
    case $result in
    failed) echo "killed $name by $test, $case" ;;
    crashed) echo "killed $name by $test, $case: it crashed" ;;
    *) echo "FAILED $name: $test, $case: $result" ;;
    esac
  fi
  rm -rf "$folder"
}

# control FILE: unchanged, it must pass every test that rejects its mutants.
control() {
  folder=$(mktemp -d "$work/control-XXXXXX")
  result=passed
  compile "$KAC_SRCDIR/$1" "$1" "$folder" >"$folder/log" 2>&1 ||
    result='does not compile'
  awk -F "$separator" -v file="$1" '$2 == file { print $5 FS $6 }' \
    "$work/rows" | sort -u >"$folder/tests"
  while [ "$result" = passed ] && IFS=$separator read -r test case; do
    result=$(try "$test" "$case" "$folder")
  done <"$folder/tests"
  if [ "$result" = passed ]; then
    echo "passed unchanged $1"
  else
    echo "FAILED unchanged $1: ${test-}, ${case-}: $result"
    show "$folder"
  fi
  rm -rf "$folder"
}

# in_two WHAT LIST: WHAT for each line, two at a time.
in_two() {
  for half in 0 1; do
    awk -v half=$half 'NR % 2 == half' "$2" >"$2.$half"
    while IFS= read -r line; do "$1" "$line"; done <"$2.$half" &
  done
  wait
}

{
  in_two control "$work/files"
  in_two mutant "$work/rows"
} | tee "$work/verdicts"
wanted=$(cat "$work/files" "$work/rows" | wc -l)
good=$(grep -c -e '^killed ' -e '^passed ' "$work/verdicts" || :)
echo "$good passed, $((wanted - good)) failed"
[ "$good" -eq "$wanted" ] && [ "$wanted" -gt 0 ]
