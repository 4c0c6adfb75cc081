# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh disable=SC2154 # read after lib.sh, which sets $trial
# kac as someone who has installed it finds it: in a folder of the trial, with
# nothing but PATH and pkg-config to know of it.  Read after lib.sh.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES || true
unset KAC_TEMPLATE_DIR || true

root=$trial/root
make -s -C "$KAC_BUILDDIR" install DESTDIR="$root" >"$trial/install" 2>&1 ||
  {
    cat "$trial/install"
    failed 'make install'
    exit 1
  }
KAC=$(find "$root" -type f -path '*/bin/kac')
PATH=${KAC%/kac}:$PATH
PKG_CONFIG_PATH=$(dirname "$(find "$root" -name kac.pc)")
# A plugin path, because the program was moved behind its back.
KAC_PLUGIN_PATH=$root$(PKG_CONFIG_PATH=$PKG_CONFIG_PATH \
  pkg-config --variable=plugindir kac)
PKG_CONFIG_SYSROOT_DIR=$root
export PATH PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR KAC_PLUGIN_PATH

strict_cxx='-O2 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror'
strict="$strict_cxx -Wstrict-prototypes -Wmissing-prototypes"

# build WHAT ARGUMENT...: make in the working folder, warnings being errors
build() {
  what=$1
  shift
  if make -s CC="${CC:-cc}" CFLAGS="$strict" "$@" >"$trial/make" 2>&1; then
    ok "$what"
  else
    failed "$what"
    sed 's/^/  | /' "$trial/make"
  fi
}

# exports_one FILE: nothing but the entry of a module
exports_one() {
  check "$1 exports its entry alone" test \
    "$(nm -D --defined-only "$1" | awk '{ print $3 }')" = kac_module_v1
}

# obeys FILE ARGUMENT...: kac test finds every law kept, if this kac has it
obeys() {
  "$KAC" test --help >/dev/null 2>&1 || return 0
  kac test "$@"
  says 0 '' "the laws of $*"
}

# agrees KEY LIMIT: no number of this key in the results is further than LIMIT
# from 0
agrees() { values "$1" | within "$1" "$2"; }

# disagrees KEY LIMIT: one is
disagrees() {
  check "$name: $1 shows it" test "$(values "$1" |
    awk -v limit="$2" '{ bad = bad || !($1 <= limit && $1 >= -limit) }
      END { print bad + 0 }')" = 1
}
