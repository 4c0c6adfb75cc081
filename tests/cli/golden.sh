#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every message of a config: golden/NAME.cfg must make `kac check` say, word
# for word, what NAME.err holds; its last line is the exit status.  A first
# line "# arguments: ..." of a config stands behind it on the command line.
# REGOLD=1 writes the .err files anew: read the difference before it is kept.
. "$KAC_SRCDIR/tests/cli/lib.sh"
KAC_PLUGIN_PATH=$KAC_PLUGIN_PATH:$KAC_FIXTURES
cd "$here/golden"

for config in *.cfg; do
  arguments=$(sed -n '1s/^# arguments: //p' "$config")
  # shellcheck disable=SC2086 # several arguments
  kac check "$config" $arguments
  echo "exit $status" >>"$trial/err"
  expected=${config%.cfg}.err
  [ -z "${REGOLD-}" ] || cp "$trial/err" "$expected"
  name=${config%.cfg}
  check "${name%%_*} ${name#*_}" diff -u "$expected" "$trial/err"
done

for expected in *.err; do
  [ -f "${expected%.err}.cfg" ] || failed "$expected has no config"
done
finish
