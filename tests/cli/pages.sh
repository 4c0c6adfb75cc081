#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# docs/plugins.md is what tools/plugin_pages makes of the plugins of this build;
# sections of plugins that it is without are taken over as they are.
# docs/abi.md names what every minor version of the interface has brought, and
# docs/methods.md the wrong twin of every mistake.
. "$KAC_SRCDIR/tests/cli/lib.sh"
page=$KAC_SRCDIR/docs/plugins.md

# made_from PAGE: the page that the script makes, in $trial/made
made_from() { sh "$KAC_SRCDIR/tools/plugin_pages" "$KAC" "$1" >"$trial/made"; }

check 'a page is made' made_from "$page"
check 'docs/plugins.md is up to date: if not, run tools/plugin_pages' \
  diff "$page" "$trial/made"
for kind in score potential integrator resampler schedule observer; do
  check "it has sections of the kind $kind" grep -q "^### $kind/" "$page"
done

# What is wrong in the page does not come back.
sed 's/^| `stiffness` | array |/| `stiffness` | real |/' "$page" >"$trial/wrong"
if cmp -s "$page" "$trial/wrong"; then failed 'there is nothing to falsify'; fi
check 'a page is made from a wrong one' made_from "$trial/wrong"
check 'which is the right one' cmp -s "$page" "$trial/made"

# Without plugins, or without the section of one that is absent, there is none.
if KAC_PLUGIN_PATH=$trial made_from "$page" 2>"$trial/err"; then
  failed 'a page is made without plugins'
else
  check 'no plugins: refused' grep -q 'finds no plugins: set' "$trial/err"
fi
if "$KAC" list | awk '$3 == "-" { found = 1 } END { exit !found }'; then
  : >"$trial/empty"
  if made_from "$trial/empty" 2>"$trial/err"; then
    failed 'a page without the section of an absent plugin is made'
  else
    check 'no section to take over: refused' grep -q 'to take over' "$trial/err"
  fi
fi

# --- docs/abi.md ----------------------------------------------------------------
# names MINOR: members, functions and constants of that header, sorted
names() {
  sed -n -e '/^ *\/*\*/d' -e 's/.*(\*\([a-z_]*\))(.*/\1/p' \
    -e 's/^  .* \**\([a-z_0-9]*\);.*/\1/p' \
    -e 's/^#define \(KAC_[A-Z_0-9]*\).*/\1/p' \
    "$KAC_SRCDIR/tests/abi/1.$1/kac/plugin.h" | LC_ALL=C sort -u
}

# part MINOR PAGE: the rows of that minor version in the table "What came when"
part() {
  awk -v minor="1.$1" -F '|' '
    $2 ~ /[0-9]/ { is_in = index($2, " " minor " ") }
    !/^\|/ { is_in = 0 }
    is_in' "$2"
}

# missing PAGE: names that the page does not have where they belong
missing() {
  minor=1
  while [ -f "$KAC_SRCDIR/tests/abi/1.$minor/kac/plugin.h" ]; do
    names $((minor - 1)) >"$trial/before"
    names "$minor" | LC_ALL=C comm -13 "$trial/before" - >"$trial/new"
    part "$minor" "$1" >"$trial/part"
    while read -r name; do
      grep -q "[\`.]$name\`" "$trial/part" || echo "1.$minor $name"
    done <"$trial/new"
    minor=$((minor + 1))
  done
}
check 'docs/abi.md has what every minor version brought' \
  test -z "$(missing "$KAC_SRCDIR/docs/abi.md")"
missing "$KAC_SRCDIR/docs/abi.md"
sed 's/`eval_group`//' "$KAC_SRCDIR/docs/abi.md" >"$trial/without"
check 'and what it lacks is missed' \
  test "$(missing "$trial/without")" = '1.2 eval_group'

# --- docs/methods.md, section 6 -------------------------------------------------
# twins: the wrong twins that section 6 names for the mistakes of others
twins() {
  sed -n '/^## 6/,/^## 7/s/^| .* | \(`.*`\) |$/\1/p' \
    "$KAC_SRCDIR/docs/methods.md" | tr -d '`,' | tr ' ' '\n'
}
check 'section 6 names twins' test "$(twins | wc -l)" -ge 16
for twin in $(twins); do
  check "the twin $twin" grep -q "^$twin	" "$KAC_SRCDIR/tests/mutants.tsv"
done
finish
