#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The installed headers compile alone, in every language that a plugin may be
# written in, without a warning; plugin.h has no implicit padding; kac.pc says
# the ABI number of the header.
set -eu
trial=$(mktemp -d)
trap 'rm -rf "$trial"' EXIT
n_failed=0
warnings="-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wcast-qual -Wundef"

# compiles COMPILER LANGUAGE STANDARD HEADER FLAG...
compiles() {
  compiler=$1 language=$2 standard=$3 header=$4
  shift 4
  command -v "$compiler" >/dev/null || return 0
  echo "#include <kac/$header>" >"$trial/alone.c"
  # shellcheck disable=SC2086 # a list of flags
  if "$compiler" -x "$language" "-std=$standard" $warnings -Werror "$@" \
    -I"$KAC_SRCDIR/include" -fsyntax-only "$trial/alone.c"; then
    echo "ok: $header, $compiler -std=$standard $*"
  else
    echo "FAILED: $header, $compiler -std=$standard $*"
    n_failed=$((n_failed + 1))
  fi
}

all_languages() {
  for compiler in gcc clang; do
    compiles "$compiler" c c99 "$@" -Wstrict-prototypes -Wmissing-prototypes
    compiles "$compiler" c c11 "$@" -Wstrict-prototypes -Wmissing-prototypes
    compiles "$compiler" c gnu17 "$@" -Wstrict-prototypes
  done
  for compiler in g++ clang++; do
    compiles "$compiler" c++ c++11 "$@"
    compiles "$compiler" c++ c++17 "$@"
  done
}

all_languages plugin.h -Wpadded
all_languages sdk.h

number() {
  sed -n "s/^#define KAC_ABI_$1 \([0-9]*\)u.*/\1/p" \
    "$KAC_SRCDIR/include/kac/plugin.h"
}
if ! grep -q "^abi=$(number MAJOR)\.$(number MINOR)\$" "$KAC_BUILDDIR/kac.pc"
then
  echo "FAILED: kac.pc and plugin.h disagree on the ABI number"
  n_failed=$((n_failed + 1))
fi
[ "$n_failed" -eq 0 ]
