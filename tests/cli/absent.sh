#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A kac that was built without an optional library says why a plugin is absent,
# in `kac list` and to a config that names it.  Two such builds are made here,
# whatever this one has: the table compiled anew, the rest from the library.
. "$KAC_SRCDIR/tests/cli/lib.sh"
cd "$trial"
cp -RL "$KAC_BUILDDIR/plugin-tree" tree
rm -f tree/*/python.so tree/*/torch.so
KAC_PLUGIN_PATH=$trial/tree

# build STATE: ./kac-STATE, for which Python is so absent
build() {
  # shellcheck disable=SC2086 # lists of flags
  (cd "$KAC_BUILDDIR" &&
    $CC $KAC_CPPFLAGS -UKAC_ABSENT_PYTHON -DKAC_ABSENT_PYTHON="$1" \
      -UKAC_ABSENT_TORCH -DKAC_ABSENT_TORCH="$1" \
      $KAC_CFLAGS "$KAC_SRCDIR/core/plugin/absent.c" core/cli/main.o \
      .libs/libkaccore.a $KAC_LIBS -o "$trial/kac-$1")
  KAC=$trial/kac-$1
}

# lists KIND REASON WHAT
lists() {
  kac list "$1"
  check "$3" grep -Eq "^$1 +python +- +\\($2\\)\$" out
}

pipeline 'plugin = "gaussian";' "$advance" "$hundred" \
  'potentials = ( { plugin = "python"; mode = "final"; } );' >run.cfg

build 1
reason='built without Python; install python3-dev and configure again'
lists potential "$reason" 'a potential that is absent is listed'
lists score "$reason" 'a score that is absent is listed'
check 'below those that are there' grep -q '^score  *gaussian' out
check 'a list of one kind holds no other' test "$(grep -c "^potential" out)" -eq 0
for kind in score potential; do
  kac list $kind
  check "libtorch for $kind/torch" grep -Eq "^$kind +torch +- +\\(built without \
libtorch; install libtorch-dev and configure again\\)\$" out
done
kac check run.cfg
says 3 "^run.cfg:7: error: potential plugin 'python' is absent: $reason\$" \
  'a config that names it gets the reason'
check 'and no list of folders' test "$(wc -l <err)" -eq 1
kac info python
says 3 "'python' is absent: $reason\$" 'so does kac info'

cp tree/potential/quadratic.so tree/potential/python.so
kac list potential
check 'a copy from elsewhere is not absent' test "$(grep -c absent out)" -eq 0
rm tree/potential/python.so

build 2
lists score 'built with --without-python; configure again without that' \
  'a library that was not wanted'
build 0
kac list score
check 'a build with everything has none' test "$(grep -c "^score  *python" out)" -eq 0
finish
