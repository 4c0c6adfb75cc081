#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Someone else's potential: installs kac below a temporary folder, compiles the
# README's plugin out of tree against what pkg-config says, and runs it.  The
# target N(0,1) exp(-k x^2/2) has Z = 1/sqrt(1 + k).  Then it is uninstalled:
# nothing is left but what others have put there.
set -eu
trial=$(mktemp -d)
trap 'rm -rf "$trial"' EXIT
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES || true
unset KAC_PLUGIN_PATH

fail() {
  echo "FAILED: $*"
  exit 1
}

make -s -C "$KAC_BUILDDIR" install DESTDIR="$trial/root" >"$trial/install" 2>&1 ||
  { cat "$trial/install"; fail "make install"; }
[ -z "$(find "$trial/root" -name '*.la')" ] || fail "a .la file was installed"

pc=$(find "$trial/root" -name kac.pc)
[ -n "$pc" ] || fail "kac.pc is not installed"
query() {
  PKG_CONFIG_PATH=${pc%/*} PKG_CONFIG_SYSROOT_DIR=$trial/root \
    pkg-config "$@" kac
}
[ -z "$(query --libs)" ] || fail "kac.pc names libraries: $(query --libs)"
plugins=$trial/root$(PKG_CONFIG_PATH=${pc%/*} pkg-config --variable=plugindir kac)
[ -d "$plugins" ] || fail "no folder $plugins, which kac.pc names"

# The listing in the README, as a reader would copy it.
mkdir -p "$trial/mine/potential"
# shellcheck disable=SC2016 # no expansion is meant
sed -n '/^```c$/,/^```$/p' "$KAC_SRCDIR/README.md" | sed '/^```/d' \
  >"$trial/mine/spring.c"
# shellcheck disable=SC2046 # a list of flags
${CC:-cc} -O2 -shared -fPIC $(query --cflags) \
  "$trial/mine/spring.c" -o "$trial/mine/potential/spring.so" ||
  fail "the plugin of the README does not compile"

cat >"$trial/spring.cfg" <<'CFG'
seed = 1;
state = { real = 1; };
schedule = { plugin = "ve"; sigma_min = 0.01; sigma_max = 20.0; };
time = { steps = 50; };
scores = ( { id = "base"; plugin = "gaussian"; mean = (0.0); variance = 1.0; } );
target = ( { score = "base"; power = 1.0; } );
potentials = ( { plugin = "spring"; stiffness = 3.0; mode = "final"; } );
integrators = ( { plugin = "euler_maruyama"; noise = 1.0; } );
population = { particles = 2000; replicates = 4; };
CFG
kac=$(find "$trial/root" -type f -path '*/bin/kac')
"$kac" run "$trial/spring.cfg" --plugin-path "$trial/mine:$plugins" \
  --output "$trial/out" --quiet || fail "the pipeline with spring.so"

# Z = 1/2; 50 steps and 8000 particles leave an error far below 0.1 in log Z.
sed -n 's/.*"log_z": *\([-+.0-9e]*\).*/\1/p' "$trial/out/run.json" | head -n 1 |
  awk '{ d = $1 - log(0.5); n++; print "log Z", $1
         if (d < -0.1 || d > 0.1) bad = 1 }
       END { exit !(n == 1 && !bad) }' || fail "log Z is not log(1/2)"

# installed FILE...: below the root, whatever the prefix
installed() {
  for name; do
    [ -n "$(find "$trial/root" -type f -path "*/$name")" ] ||
      fail "not installed: $name"
  done
}
installed man/man1/kac.1 man/man7/kac-plugin.7 doc/kac/README.md \
  bash-completion/completions/kac include/kac/plugin.h include/kac/sdk.h
prefix=$trial/root$(sed -n 's/^prefix = //p' "$KAC_BUILDDIR/Makefile")
doc=$(find "$prefix" -type d -path '*/doc/kac')
for folder in docs conf; do
  diff -r -x __pycache__ "$KAC_SRCDIR/$folder" "$doc/$folder" \
    >"$trial/difference" ||
    { cat "$trial/difference"; fail "$folder is not what was installed"; }
done
[ -z "$(find "$trial/root" -type f -perm /022)" ] ||
  fail 'anyone can write to what was installed'

# Over itself, and away again.
make -s -C "$KAC_BUILDDIR" install DESTDIR="$trial/root" >"$trial/install" 2>&1 ||
  { cat "$trial/install"; fail "make install a second time"; }
mine=$plugins/potential/spring.so
cp "$trial/mine/potential/spring.so" "$mine"
make -s -C "$KAC_BUILDDIR" uninstall DESTDIR="$trial/root" \
  >"$trial/uninstall" 2>&1 || { cat "$trial/uninstall"; fail "make uninstall"; }
left=$(find "$trial/root" ! -type d)
[ "$left" = "$mine" ] || fail "left after make uninstall: $left"
rm "$mine"
make -s -C "$KAC_BUILDDIR" uninstall DESTDIR="$trial/root" \
  >"$trial/uninstall" 2>&1 || { cat "$trial/uninstall"; fail "the second time"; }
left=$(find "$prefix" -name 'kac*')
[ -z "$left" ] || fail "folders left after make uninstall: $left"
