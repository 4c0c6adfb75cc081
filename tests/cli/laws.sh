#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Our own plugins keep the laws that `kac test` asks of everybody's;
# tests/laws.tsv says what they have to be told.
. "$KAC_SRCDIR/tests/cli/lib.sh"
cd "$trial"
# What score/python tells numpy and torch unless it has been said (docs/python.md).
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1

# field PLUGIN COLUMN
field() {
  awk -F '\t' -v plugin="$1" -v column="$2" '$1 == plugin { print $column }' \
    "$KAC_SRCDIR/tests/laws.tsv"
}

judge() {
  arguments=$(field "$1" 2 | sed "s|\$KAC_SRCDIR|$KAC_SRCDIR|g")
  if [ "$arguments" = - ]; then
    echo "ok: $1 is not asked: $(field "$1" 3)"
    return 0
  fi
  out=$(echo "$1" | tr / -).out
  # shellcheck disable=SC2086 # a list of words
  if "$KAC" test "$1" $arguments >"$out" 2>&1; then
    echo "ok: $1: $(tail -n 1 "$out")"
  else
    echo "FAILED: $1 $arguments"
    cat "$out"
  fi
}

plugins=$(cd "$KAC_BUILDDIR/plugin-tree" && ls -d ./*/*.so |
  sed 's|^\./||; s|\.so$||')
run_part() {
  part=$1
  row=0
  for plugin in $plugins; do
    row=$((row + 1))
    [ $((row % 2)) -ne "$part" ] || judge "$plugin"
  done
}
run_part 0 >part0 &
run_part 1 >part1
wait
cat part0 part1
n_failed=$((n_failed + $(cat part0 part1 | grep -c '^FAILED' || true)))
finish
