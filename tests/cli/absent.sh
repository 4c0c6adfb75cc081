#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A kac that was built without an optional library says why a plugin is absent,
# in `kac list` and to a config that names it, or why a key of a plugin is.  Such
# builds are made here, whatever this one has: the table compiled anew, the rest
# from the library.
. "$KAC_SRCDIR/tests/cli/lib.sh"
cd "$trial"
cp -RL "$KAC_BUILDDIR/plugin-tree" tree
rm -f tree/*/python.so tree/*/torch.so
KAC_PLUGIN_PATH=$trial/tree
built=$KAC

# build STATE: ./kac-STATE, for which Python is so absent
build() {
  # shellcheck disable=SC2086 # lists of flags
  (cd "$KAC_BUILDDIR" &&
    $CC $KAC_CPPFLAGS -UKAC_ABSENT_PYTHON -DKAC_ABSENT_PYTHON="$1" \
      -UKAC_ABSENT_TORCH -DKAC_ABSENT_TORCH="$1" \
      $KAC_CFLAGS "$KAC_SRCDIR/core/plugin/absent.c" core/cli/main.o core/cli/leave.o \
      libkaccore.a $KAC_LIBS -o "$trial/kac-$1")
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

# without_onednn STATE: score/unet built so
without_onednn() {
  rm -f tree/score/unet.so
  # shellcheck disable=SC2086 # lists of flags
  (cd "$KAC_BUILDDIR" &&
    $CC $KAC_CPPFLAGS -UKAC_ABSENT_DNNL -DKAC_ABSENT_DNNL="$1" $KAC_CFLAGS \
      -fPIC -shared "$KAC_SRCDIR/plugins/score/unet.c" \
      "$KAC_SRCDIR/plugins/net/onednn_none.c" plugins/net/.libs/libnet.a \
      -o "$trial/tree/score/unet.so" -lm)
}

cat >bf16.cfg <<EOF
state = { real = 64; };
schedule = { plugin = "edm"; sigma_min = 0.02; sigma_max = 20.0; };
time = { steps = 2; spacing = "karras"; };
scores = ( { id = "q"; plugin = "unet"; precision = "bf16";
             file = "$KAC_SRCDIR/conf/models/digits.safetensors"; } );
integrators = ( { plugin = "euler_maruyama"; } );
population = { particles = 8; };
EOF
bf16='^bf16.cfg:4: error: q .unet. .unet.so .*: precision = "bf16" needs oneDNN, '
bf16="${bf16}and this kac was built with"
without_onednn 1
kac check bf16.cfg
says 2 "${bf16}out oneDNN; install libdnnl-dev and configure again\$" \
  'bfloat16 without oneDNN'
without_onednn 2
kac check bf16.cfg
says 2 "$bf16 --without-dnnl; configure again without that\$" \
  'bfloat16 where oneDNN was not wanted'
kac check bf16.cfg --set 'scores[0].precision=float32'
says 0 '' 'float32 needs no oneDNN'

# A library that is gone since: its package, where the name of it is known.
gone() { # LIBRARY PACKAGE
  echo 'int kac_gone_number(void) { return 1; }' >gone.c
  echo 'int kac_gone_number(void); int kac_gone(void) { return kac_gone_number(); }' \
    >needs.c
  # shellcheck disable=SC2086 # lists of flags
  $CC $KAC_CFLAGS -w -fPIC -fvisibility=default -shared -Wl,-soname,"$1" gone.c -o "$1"
  # shellcheck disable=SC2086
  $CC $KAC_CFLAGS -w -fPIC -fvisibility=default -shared needs.c "./$1" -o tree/potential/needs_gone.so
  rm "$1"
  words="a library that it needs is missing: $1: .*"
  case $2 in ?*) words="$words \\(Debian: install $2, or build kac again with what there is\\)" ;; esac
  pipeline 'plugin = "gaussian";' "$advance" "$hundred" \
    'potentials = ( { plugin = "needs_gone"; mode = "final"; } );' >run.cfg
  kac check run.cfg
  says 3 "needs_gone.so\\): $words\$" "check: $1 is missing"
  kac list potential
  check "list: $1 is missing" grep -Eq "needs_gone .*$words" out
  rm tree/potential/needs_gone.so
}
KAC=$built
gone libtorch_cpu.so.9.9 libtorch9.9
gone libc10.so.9.9 libtorch9.9
gone libpython3.99.so.1.0 libpython3.99
gone libdnnl.so.99 libdnnl99
gone libpng16.so.99 libpng16-99
gone libkac_nowhere.so.1 ''
finish
