#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# kac new: what it writes compiles without a warning against an installed kac
# and finds the answer that its pipeline states, for every kind, and a wrong
# twin does not; what it cannot write it leaves no trace of.
. "$KAC_SRCDIR/tests/cli/lib.sh"
. "$KAC_SRCDIR/tests/cli/results.sh"
. "$KAC_SRCDIR/tests/cli/prefix.sh"
cd "$trial"

# run NAME: the pipeline in the working folder; results for agrees
run() {
  name=$1
  kac run "$name.cfg" --quiet --output out --overwrite
  says 0 '' "$name.cfg runs"
  json=out/run.json
}

# The answers of the configs, in standard errors; that of the observer stands
# in its own result.
keys_of() {
  case $1 in
    integrator | schedule) echo mean_zscore var_zscore ;;
    observer) ;;
    *) echo log_z_zscore mean_zscore var_zscore ;;
  esac
}

# try KIND: the plugin my_KIND in a folder of the same name
try() {
  kac new "$1" "try_$1"
  says 0 '' "kac new $1"
  check "kac new $1 names its files" grep -Eqx \
    "try_$1: try_$1.c try_$1.cfg Makefile README.md" "$trial/out"
  cd "try_$1"
  check "$1: no mark is left" test -z "$(grep -l 'my_kind\|my_plugin' ./*)"
  build "$1: make"
  exports_one "try_$1.so"
  kac info "./try_$1.so"
  says 0 '' "kac info of the new $1"
  obeys "./try_$1.so"
  run "try_$1"
  is_class exact
  for key in $(keys_of "$1"); do agrees "$key" 6; done
}

# twin KIND FROM TO KEY LIMIT: the same with a mistake, which shows in KEY
twin() {
  sed "s|$2|$3|" "try_$1.c" >twin.c
  check "$1: the twin differs" test -n "$(diff "try_$1.c" twin.c)"
  mv twin.c "try_$1.c"
  build "$1: make the twin"
  run "try_$1"
  disagrees "$4" "$5"
  cd ..
}

try potential
twin potential '-0.5 \* cfg->stiffness \* sum' '-0.6 * cfg->stiffness * sum' \
  log_z_zscore 6
try score
twin score '0.5 \* sum / v' '0.3 * sum / v' var_zscore 6
try integrator
twin integrator '2 \* heat' '1.9 * heat' var_zscore 6
try resampler
twin resampler 'n \* io->w\[i\]' 'n / (double)io->n_in' log_z_zscore 6
try schedule
twin schedule '-expm1(-integral)' '-expm1(-0.9 * integral)' var_zscore 6
try observer
values distance | awk '{ print $1 - 1.253314137 }' | within distance 0.03
twin observer 'weight \* sqrt' '1.1 * weight * sqrt' distance 1.253314137

# --- where -------------------------------------------------------------------
mkdir deep
kac new score inner --dir deep/folder/
says 0 '' '--dir'
check '--dir is the folder' test -f deep/folder/inner.c
kac new score inner --dir 'a folder'
check 'a folder is quoted' grep -qxF "  cd 'a folder'" out
(umask 027 && kac new score masked)
check 'the folder has the usual mode' test \
  "$(stat -c %a masked)" = 750 -a "$(stat -c %a masked/masked.c)" = 640
KAC_TEMPLATE_DIR=$KAC_SRCDIR/plugins/template
export KAC_TEMPLATE_DIR
kac new score elsewhere
says 0 '' 'KAC_TEMPLATE_DIR'
(
  unset KAC_TEMPLATE_DIR
  "$KAC_BUILDDIR/kac" new score from_build >"$trial/out" 2>"$trial/err"
) && status=0 || status=$?
says 0 '' 'kac new from the build folder'
(
  cd from_build
  unset PKG_CONFIG_SYSROOT_DIR
  PKG_CONFIG_PATH=$KAC_BUILDDIR
  build 'make from the build folder'
  test -f from_build.so && test -f "$(pkg-config --variable=exports kac)" &&
    test -d "$(pkg-config --variable=plugindir kac)/score"
) || failed 'kac-uninstalled.pc'

# --- what it refuses ----------------------------------------------------------
before=$(ls -A)
kac new
says 2 'error: give a kind and a name$' 'no words'
says 2 '^usage: kac new KIND NAME' 'a wrong command line shows the right one'
kac new score
says 2 'error: give a kind and a name$' 'no name'
kac new scor mine
says 2 "error: no kind 'scor'; did you mean 'score'\\?\$" 'a kind mistyped'
kac new elephant mine
says 2 "error: no kind 'elephant': score, potential, integrator" 'no such kind'
for bad in Mine 9lives a-b ../mine '' "$(printf '%070d' 0 | tr 0 a)"; do
  kac new score "$bad"
  says 2 'is not a plugin name: \[a-z\]\[a-z0-9_\]\*, at most 64' "name '$bad'"
done
kac new score gaussian
says 2 "there is a score 'gaussian' already \\(/.*/gaussian.so\\): choose" \
  'the name of a plugin of kac'
kac new score mine more
says 2 "error: unexpected argument 'more'" 'a word too many'
kac new score mine --dri here
says 2 "error: unknown option '--dri'" 'an option mistyped'
kac new score mine --dir
says 2 "error: option '--dir' needs a value" 'no folder'
kac new score mine --dir ''
says 2 'error: --dir needs a folder$' 'a folder without a name'
kac new score try_score
says 6 "error: 'try_score' is there already: choose another name, or --dir" \
  'a folder that is there'
kac new score mine --dir err
says 6 "error: 'err' is there already" 'a file in its place'
kac new score mine --dir no/such/folder
says 6 "error: cannot make 'no/such/folder': No such file" 'nowhere to put it'
KAC_TEMPLATE_DIR=$trial/nowhere
kac new score mine
says 6 "error: no templates: searched $trial/nowhere; set KAC_TEMPLATE_DIR" \
  'no templates'
mkdir half
cp "$KAC_SRCDIR/plugins/template/score.c" half
KAC_TEMPLATE_DIR=$trial/half
kac new score mine
says 6 "error: template '$trial/half/score.cfg': no such file" \
  'half of the templates'
rm -r half
unset KAC_TEMPLATE_DIR
# A file may have 512 bytes: writing fails.  A subshell, for the limit.
(
  ulimit -f 1
  "$KAC" new score mine >"$trial/full-out" 2>"$trial/full-err"
) && status=0 || status=$?
cp full-err err
says 6 "error: cannot write 'mine.c': File too large" 'a disk that is full'
rm -f full-out full-err
check 'what failed leaves nothing behind' test "$(ls -A)" = "$before"
finish
