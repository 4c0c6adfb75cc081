#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# docs/plugins.md is what tools/plugin_pages makes of the plugins of this build;
# sections of plugins that it is without are taken over as they are.
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
finish
