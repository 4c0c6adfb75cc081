#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The Debian packages of this build: what lies in them, how, and what they
# depend on; unpacked and, in a root of its own, installed and removed by dpkg,
# kac runs from there and finds its plugins.
. "$KAC_SRCDIR/tests/cli/lib.sh"
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES || true
if ! command -v dpkg-deb >/dev/null; then
  echo 'skipped: no dpkg-deb'
  exit 77
fi
cd "$trial"
builder=$KAC_SRCDIR/packaging/build-deb
prefix=$(sed -n 's/^prefix = //p' "$KAC_BUILDDIR/Makefile")

# --- what it refuses --------------------------------------------------------
mkdir empty
refuses() { # PATTERN WHAT ARGUMENT...
  pattern=$1 what=$2
  shift 2
  status=0
  "$builder" "$@" >out 2>err || status=$?
  says 1 "^build-deb: error: $pattern" "$what"
}
refuses 'unknown option --frob' 'an unknown option' --frob
refuses 'a value is missing behind --output' 'no value' --output
refuses "no folder .*nowhere\$" 'no folder for the output' --output nowhere
refuses 'no source tree or tarball nowhere$' 'no source' nowhere
refuses 'one source is expected, not also b$' 'two sources' a b
refuses 'no build there: nowhere$' 'no build' --build nowhere
refuses '.* is no build of kac: no kac.pc$' 'another folder' --build "$trial"
refuses '--staged needs --build$' 'a staged install of what' --staged empty
refuses 'no .*/bin/kac below empty$' 'a staged install that is none' \
  --build "$KAC_BUILDDIR" --staged empty
refuses "the revision '1/2' has" 'a revision that is none' --revision 1/2
echo text >text.tar.gz
refuses 'text.tar.gz cannot be unpacked$' 'no tarball' text.tar.gz
refuses '.*/empty holds no sources of kac$' 'an empty folder' empty
check 'no package was made' test -z "$(ls ./*.deb 2>/dev/null)"

# --- what it makes ----------------------------------------------------------
mkdir one two
"$builder" --build "$KAC_BUILDDIR" --output one >made 2>err || cat err
make -s -C "$KAC_BUILDDIR" install DESTDIR="$trial/plain" >log 2>&1 || cat log
kac=$(sed -n 1p made) dev=$(sed -n 2p made)
check 'two packages' test -f "$kac" -a -f "$dev" -a "$(wc -l <made)" -eq 2
"$builder" --build "$KAC_BUILDDIR" --staged plain --output two --search-deps \
  >made-too 2>err || cat err
for package in kac libkac-dev; do
  mkdir "$package"
  dpkg-deb -x one/${package}_*.deb "$package"
  dpkg-deb -e one/${package}_*.deb "$package.control"
  dpkg-deb -x two/${package}_*.deb "two/$package"
  dpkg-deb -e two/${package}_*.deb "two/$package.control"
  check "$package: the same bytes again" diff -r "$package" "two/$package"
  (cd "$package" && md5sum -c --quiet "../$package.control/md5sums") >sums 2>&1 &&
    ok "$package: md5sums" || failed "$package: md5sums: $(cat sums)"
  (cd "$package" && find . -type f | sed 's|^\./||' | LC_ALL=C sort) >files
  sed 's/^[0-9a-f]*  //' "$package.control/md5sums" >listed
  check "$package: md5sums of every file" cmp files listed
  dpkg-deb -c one/${package}_*.deb >contents
  check "$package: owned by root" test -z "$(grep -v ' root/root ' contents)"
  check "$package: modes of folders" test -z \
    "$(grep '^d' contents | grep -v '^drwxr-xr-x')"
  check "$package: modes of files" test -z "$(grep '^-' contents |
    grep -v '^-rw-r--r--\|^-rwxr-xr-x .*/bin/')"
  check "$package: no links, no .la" test -z "$(grep '^[^-d]\|\.la$' contents)"
  doc=$package$prefix/share/doc/$package
  for file in copyright changelog.gz changelog.Debian.gz; do
    check "$package: $file" test -s "$doc/$file"
  done
  check "$package: changelog" test "$(gzip -dc "$doc/changelog.Debian.gz" |
    grep -c '^kac (.*) unstable; urgency=low$\|^ -- .* <.*>  ..., ')" -eq 2
  check "$package: both licences" test \
    "$(grep -c '^License: GPL\|^License: Expat\|^ Permission is' "$doc/copyright")" \
    -eq 3
  for field in Package Version Architecture Maintainer Installed-Size Section \
    Priority Depends Description; do
    check "$package: $field" test \
      "$(grep -c "^$field: ." "$package.control/control")" -eq 1
  done
done
echo more >>"kac$prefix/share/doc/kac/README.md"
check 'a file that was changed is noticed' test -n \
  "$(cd kac && md5sum -c --quiet ../kac.control/md5sums 2>&1)"

check 'pages are compressed' test -f "kac$prefix/share/man/man1/kac.1.gz" \
  -a -f "libkac-dev$prefix/share/man/man7/kac-plugin.7.gz"
check 'the completion' test -f \
  "kac$prefix/share/bash-completion/completions/kac"
check 'the headers' test -f "libkac-dev$prefix/include/kac/plugin.h"
for file in kac.pc kacConfig.cmake template/score.c; do
  check "libkac-dev: $file" test -n "$(find libkac-dev -path "*/$file")"
done
check 'no header in kac' test -z "$(find kac -name '*.h' ! -path '*/doc/*')"

# All that is installed is in one of the two; the licence has become a line.
list() {
  (cd "$1" && find . -type f) | grep -v '/doc/[^/]*/\(copyright\|changelog.*\)$' |
    sed 's/\.gz$//'
}
list plain | grep -v '/LICENSE$' | sort >all
{ list kac && list libkac-dev; } | sort >packed
check 'every installed file is in one package' cmp all packed

# --- what they depend on ----------------------------------------------------
# Without versions; of OpenBLAS the flavour that is here, or any.
names() { # CONTROL FIELD
  sed -n "s/^$2: //p" "$1" | tr ',' '\n' |
    sed 's/^ *//; s/ .*//; s/-\(pthread\|openmp\|serial\)$//' | sort
}
for field in Depends Recommends Suggests; do
  names kac.control/control "$field" >by-tool
  names two/kac.control/control "$field" >by-search
  check "$field: found in two ways" cmp by-tool by-search
done
names kac.control/control Depends >depends
for library in libc6 libconfig libgsl libopenblas; do
  check "kac depends on $library" grep -q "^$library" depends
done
check 'but not on what one plugin needs' test -z \
  "$(grep 'python\|png\|torch' depends)"
version=$(sed -n 's/^Version: //p' kac.control/control)
check 'libkac-dev depends on its kac' grep -qx "Depends: kac (= $version)" \
  libkac-dev.control/control

# --- kac from there ---------------------------------------------------------
# runs ROOT WHAT: the main command with the plugins of that root
runs() {
  plugins=$(find "$1" -type d -path '*/kac/plugins')
  unset KAC_PLUGIN_PATH
  KAC=$trial/$1$prefix/bin/kac
  kac list --plugin-path "$plugins"
  n=$(grep -c "$trial/$1\|/kac/plugins/" out)
  check "$2: kac list finds all plugins" test "$n" -eq \
    "$(find "$plugins" -name '*.so' | wc -l)"
  check "$2: none is unusable" test -z "$(grep unusable out)"
  kac run "$1$prefix/share/doc/kac/conf/gmm40.cfg" --plugin-path "$plugins" \
    --set time.steps=20 --set population.particles=200 --quiet --output "$1.out"
  check "$2: kac run" test "$status" -eq 0 # with a warning of so few steps
  check "$2: samples" test -s "$1.out/samples.npz"
}
runs kac 'unpacked'

# dpkg itself, in a root with nothing in it; --force-not-root lets anyone.
mkdir -p root/var/lib/dpkg/info root/var/lib/dpkg/updates \
  root/var/lib/dpkg/triggers
: >root/var/lib/dpkg/status
: >root/var/lib/dpkg/available
dpkg_root() {
  PATH=$PATH:/usr/sbin:/sbin dpkg --root="$trial/root" --force-not-root \
    --force-depends --log="$trial/dpkg.log" "$@" >log 2>&1
}
if check 'dpkg installs them' dpkg_root -i "$kac" "$dev" &&
  [ -x "root$prefix/bin/kac" ]; then
  runs root 'installed'
  check 'dpkg knows the state' test "$(grep -c '^Status: install ok installed$' \
    root/var/lib/dpkg/status)" -eq 2
  check 'dpkg removes them' dpkg_root --purge libkac-dev kac
  check 'and nothing is left' test -z "$(find root -path root/var -prune -o \
    ! -type d -print)"
else
  sed 's/^/  | /' log
fi
finish
