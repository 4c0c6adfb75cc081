#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every law of `kac test` can fail: plugins that break one each (tests/zoo.tsv),
# built as a stranger builds, and files that are no plugins at all.  Healthy
# ones pass all laws.
. "$KAC_SRCDIR/tests/cli/lib.sh"
zoo=$KAC_SRCDIR/tests/zoo
tab=$(printf '\t')
cd "$trial"

# build FOLDER KIND NAME...: with a -D for each name
build() {
  folder=$1
  source=$zoo/$2.c
  shift 2
  defines=
  for name; do defines="$defines -D$name"; done
  mkdir -p "$folder"
  # shellcheck disable=SC2086 # a list of words
  ${CC:-cc} -O1 -shared -fPIC -fvisibility=hidden $defines \
    -I"$KAC_SRCDIR/include" "$source" -o "$folder/animal.so" -lm -lpthread
}

# A crash is a signal with the sanitizers as well.
ASAN_OPTIONS=handle_segv=0:handle_abort=0:abort_on_error=1:detect_leaks=0
export ASAN_OPTIONS
build good potential HEALTHY
unasked=
if "$KAC" test good/animal.so --only leaks | grep -q sanitizer; then
  unasked=leaks
fi

# judge ANIMALS KIND LAW WORDS: one row, its verdict on one line
judge() {
  [ "$3" != "$unasked" ] || {
    echo "ok: $1 $2 is not asked: the sanitizer's allocator does not tell"
    return 0
  }
  folder=$(echo "$1-$2" | tr ' ' '_')
  # shellcheck disable=SC2086 # a list of words
  build "$folder" "$2" $1 2>"$folder.err" || {
    echo "FAILED: $1 $2 does not compile: $(head -n 1 "$folder.err")"
    return 0
  }
  status=0
  only=
  [ "$3" = - ] || only="--only $3"
  # shellcheck disable=SC2086 # none, or two words
  "$KAC" test "$folder/animal.so" $only --timeout "${limit:-30}" \
    >"$folder.out" 2>&1 || status=$?
  if [ "$3" = - ]; then
    [ "$status" -eq 0 ] || echo "FAILED: $1 $2 is healthy: $(cat "$folder.out")"
    [ "$status" -ne 0 ] || echo "ok: $1 $2 keeps all laws"
  elif [ "$status" -eq 4 ] && grep -q "^  $3 *BROKEN" "$folder.out" &&
    grep -qF -- "$4" "$folder.out"; then
    echo "ok: $1 $2 breaks $3"
  else
    echo "FAILED: $1 $2, $3, exit $status: $(cat "$folder.out")"
  fi
}

# What loops for ever is given a second.
run_part() {
  part=$1
  row=0
  while IFS="$tab" read -r animals kind law words; do
    case $animals in '#'* | '') continue ;; esac
    row=$((row + 1))
    [ $((row % 2)) -eq "$part" ] || continue
    case $animals in LOOPS*) limit=1 ;; *) limit=30 ;; esac
    judge "$animals" "$kind" "$law" "$words"
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
echo "not a plugin" >text.so
head -c 900 good/animal.so >short.so
: >empty.so
mkdir folder.so
says "a text file" 4 "loads      BROKEN" ./text.so
says "a truncated file" 4 "loads      BROKEN" ./short.so
says "an empty file" 4 "loads      BROKEN" ./empty.so
says "a folder" 4 "loads      BROKEN" ./folder.so
says "no such file" 3 "No such file" ./none.so
says "no such name" 3 "did you mean 'gaussian'" score/gausian
says "no such law" 2 "did you mean 'gradient'" good/animal.so --only gradeint
says "a seed that is none" 2 "whole number" good/animal.so --seed one
says "a key that is none" 4 "unknown key" good/animal.so --set stifness=2
says "no plugin at all" 2 "name a plugin"
says "in this process" 0 "1 laws kept" good/animal.so --in-process \
  --only gradient
says "as JSON" 0 '"broken": 0' good/animal.so --json
finish
