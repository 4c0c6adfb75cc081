#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/faults.tsv: one row per fault with its number, the test that provokes
# it, the exit status and what the message must hold ("-": there is none).
# lib.sh sees to it that a test shows the rows that name it; here the rows are
# looked at themselves.
. "$KAC_SRCDIR/tests/cli/lib.sh"
table=$KAC_SRCDIR/tests/faults.tsv

check 'every row has a number, a test, an exit status and a pattern' \
  test -z "$(grep -Evn "^F[0-9]+	[a-z/_]+\\.sh	[0-9]+	.+$" "$table")"
check 'rows are in order, each number once' \
  test -z "$(sort -c -u -t F -k 2n "$table" 2>&1)"
cut -f 2 "$table" | sort -u >"$trial/files"
while read -r file; do
  check "$file includes lib.sh" grep -q '^\. .*/cli/lib.sh"$' \
    "$KAC_SRCDIR/tests/$file"
  check "$file ends with its verdict" test \
    "$(tail -n 1 "$KAC_SRCDIR/tests/$file")" = finish
done <"$trial/files"
finish
