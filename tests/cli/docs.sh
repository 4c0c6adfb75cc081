#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What the pages say is what kac does: every block of README.md and docs/*.md is
# compiled, run or checked, every plugin must keep the laws of its kind.  A page is worked through from top to bottom in a
# folder of its own, so that a block may use the files of those above it; the
# conventions stand in CONTRIBUTING.md ("Pages").  A page with a mistake of
# every kind must be found wrong in all of them.
. "$KAC_SRCDIR/tests/cli/lib.sh"

# --- what a reader has at hand ----------------------------------------------
# tool NAME LINE: a command NAME, a line of shell
mkdir "$trial/bin"
tool() {
  printf '#!/bin/sh\n%s\n' "$2" >"$trial/bin/$1"
  chmod +x "$trial/bin/$1"
}
compiler() { # PROGRAM FLAG...
  program=$(command -v "$1") || program=false
  shift
  echo "$program $*"
}
tool kac "exec timeout 120 '$KAC' \"\$@\""
# cc may stand for itself: it is named by its place.
tool cc "exec $(compiler ${CC:-cc}) \"\$@\""
tool c++ "exec $(compiler ${CXX:-c++}) \"\$@\""
tool pkg-config "echo '-I$KAC_SRCDIR/include -ffp-contract=off'"
PATH=$trial/bin:$PATH
PYTHONDONTWRITEBYTECODE=1
export PATH PYTHONDONTWRITEBYTECODE
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES || :

has() { command -v "$1" >/dev/null 2>&1; }
numpy=
for python in python3 /usr/bin/python3; do
  [ -n "$numpy" ] || ! "$python" -c 'import numpy' 2>/dev/null || numpy=$python
done
"$KAC" list 2>/dev/null |
  awk '$3 == "-" { print $2 }' | sort -u >"$trial/absent"

# The TorchScript files of docs/torch.md, where this build can write them.
if [ -x "$KAC_BUILDDIR/tests/torch_models" ]; then
  mkdir "$trial/torch"
  "$KAC_BUILDDIR/tests/torch_models" "$trial/torch"
  mv "$trial/torch/form_eps.pt" "$trial/torch/net.pt"
  mv "$trial/torch/quadratic.pt" "$trial/torch/reward.pt"
fi

# What a config that shows only some of its sections is completed with.
cat >"$trial/frame" <<'END'
state = { real = 2; };
schedule = { plugin = "ve"; sigma_min = 0.01; sigma_max = 10.0; };
time = { steps = 10; };
scores = ( { id = "base"; plugin = "gaussian"; variance = 1.0; } );
integrators = ( { plugin = "euler_maruyama"; } );
population = { particles = 100; };
END

# --- one block ----------------------------------------------------------------
# $block is its file, $line where it stands, $word what follows the language.
wrong() {
  echo "$page:$line: $*"
  sed 's/^/  | /' "$trial/said"
}

left_out() { echo "$page:$line: $*" >>"$trial/left_out"; }

# The file that the first line of a block names, as in "# spring.cfg: ...".
named() {
  sed -n '1s|^[/#* ]* *\([A-Za-z0-9_][A-Za-z0-9_.]*\.'"$1"'\)\([ :].*\)*$|\1|p' \
    "$block"
}

# compiled COMPILER FLAG...: the source $block, without a warning
compiled() {
  # shellcheck disable=SC2086 # a list of words
  "$@" -O2 -Wall -Wextra -Werror "-I$KAC_SRCDIR/include" >"$trial/said" 2>&1
}

# A plugin is compiled, and must be the one that it says it is; other code is
# compiled as what might stand in a plugin.
source_block() {
  file=$(named "$2")
  name=$(sed -n \
    -e 's/.*KAC_[A-Z]*_PLUGIN("\([A-Za-z0-9_]*\)".*/\1/p' \
    -e 's/.*KAC_COMPONENT(KAC_[A-Z]*, *"\([A-Za-z0-9_]*\)".*/\1/p' \
    -e 's/.*\.name = "\([A-Za-z0-9_]*\)".*/\1/p' "$block" | head -n 1)
  if grep -q '_PLUGIN(\|KAC_MODULE(' "$block"; then
    source=${file:-$name.$2}
    cp "$block" "$source"
    if ! compiled "$1" -fPIC -shared "$source" -o "$name.so" -lm; then
      wrong "$source does not compile"
    elif ! kac_info "$name"; then
      wrong "kac info ./$name.so fails"
    elif ! grep -q ' required ' "$trial/out" && ! keeps_laws "$name"; then
      wrong "kac test ./$name.so: a law is broken"
    fi
  else
    { echo '#include <kac/sdk.h>'; echo "#line $((line + 1)) \"$page\""
      cat "$block"; } >"part.$2"
    compiled "$1" -fsyntax-only -Wno-unused "part.$2" ||
      wrong "it does not compile"
  fi
}
kac_info() {
  kac info "./$1.so"
  cp "$trial/err" "$trial/said"
  [ "$status" -eq 0 ] && grep -q "^$1 " "$trial/out"
}
keeps_laws() {
  kac test "./$1.so"
  grep -A 3 BROKEN "$trial/out" >"$trial/said" || :
  [ "$status" -eq 0 ]
}
block_c() { source_block cc c; }
block_cpp() {
  if has "${CXX:-c++}"; then source_block c++ cpp
  else left_out 'no C++ compiler'; fi
}

# completed CONFIG: adds the sections of the frame that it lacks, and succeeds if
# there were none
completed() {
  sed -n 's/^\([a-z_]*\) *=.*/\1/p' "$1" >"$trial/sections"
  : >"$trial/lacks"
  while read -r section; do
    grep -qx "${section%% *}" "$trial/sections" ||
      echo "$section" >>"$trial/lacks"
  done <"$trial/frame"
  cat "$trial/lacks" >>"$1"
  ! [ -s "$trial/lacks" ]
}

# Is there a plugin in it that this build does not have?
is_absent() {
  while read -r name; do
    ! grep -q "plugin = \"$name\"" "$1" || return 0
  done <"$trial/absent"
  return 1
}

# A pipeline is run with few particles, a part of one completed and checked.
block_cfg() {
  config=$(named cfg)
  config=${config:-block.cfg}
  cp "$block" "$config"
  how=run
  completed "$config" || how=check
  if is_absent "$config"; then
    left_out 'it needs a plugin that this build is without'
    return 0
  fi
  if [ "$how" = run ] && [ "$word" != wrong ]; then
    kac run "$config" --quiet --set population.particles=100
  else
    kac check "$config"
  fi
  cp "$trial/err" "$trial/said"
  case $word:$status in
    wrong:2) ;;
    wrong:*) wrong "kac check gives $status where 2 is expected" ;;
    *:0) ;;
    *) wrong "kac $how gives $status" ;;
  esac
}

# Commands run in the folder of the page, one shell for a block.
block_sh() {
  if [ "$word" = no-run ]; then
    sh -n "$block" 2>"$trial/said" || wrong 'it is not a shell script'
    left_out 'it says no-run'
  elif ! sh -eu "$block" >"$trial/said" 2>&1 </dev/null; then
    wrong 'a command fails'
  fi
}

# "$ COMMAND", going on in the next line behind a backslash, and what it prints,
# as shown.awk compares it.  All commands of a block run in one shell.
block_console() {
  rm -rf "$trial/console"
  mkdir "$trial/console"
  awk -v folder="$trial/console" '
    goes_on || /^\$ / {
      if (!goes_on) {
        close(shown)
        shown = folder "/shown." ++n
        printf "" >shown
        print NR >(folder "/lines")
        printf "s=$?; exec >%s/printed.%d 2>&1; (exit $s)\n", folder, n
      }
      print goes_on ? $0 : substr($0, 3)
      goes_on = /\\$/
      next
    }
    { print >shown }' "$block" >"$trial/script"
  sh "$trial/script" >"$trial/said" 2>&1 </dev/null || :
  n=0 first=$line
  while read -r offset; do
    n=$((n + 1)) line=$((first + offset))
    awk -f "$here/shown.awk" "$trial/console/shown.$n" \
      "$trial/console/printed.$n" >"$trial/said" ||
      wrong 'the command prints something else'
  done <"$trial/console/lines"
  line=$first
}

block_text() { :; }

# A function or a script; one that names its file is kept for the configs, and
# what says "run" is run where there is numpy.
block_python() {
  file=$(named py)
  cp "$block" "${file:-block.py}"
  if [ "$word" = run ]; then
    if [ -z "$numpy" ]; then left_out 'no python with numpy'
    elif ! "$numpy" "${file:-block.py}" >"$trial/said" 2>&1; then
      wrong 'the script fails'
    fi
  elif ! has python3; then left_out 'no python3'
  elif ! python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read())' \
    "${file:-block.py}" >"$trial/said" 2>&1; then
    wrong 'it does not parse'
  fi
}

# --- one page -------------------------------------------------------------------
# page_blocks FILE: what is wrong, on standard output
page_blocks() {
  page=$(basename "$1")
  room=$trial/pages/$page
  mkdir -p "$room" "$trial/blocks/$page"
  cd "$room"
  for folder in conf conf/models conf/reference include tools; do
    ln -s "$KAC_SRCDIR/$folder" .
  done
  ln -s "$KAC_BUILDDIR" build
  for file in net reward; do
    [ ! -e "$trial/torch/$file.pt" ] || ln -s "$trial/torch/$file.pt" .
  done
  awk -v folder="$trial/blocks/$page" -f "$here/blocks.awk" "$1" \
    >"$trial/index"
  while read -r line language word; do
    block=$trial/blocks/$page/$line
    : >"$trial/said"
    case $language in
      \?) wrong "$word" ;;
      c | cpp | cfg | sh | console | text | python) "block_$language" ;;
      *) wrong "no block is in the language $language" ;;
    esac
  done <"$trial/index"
  page_links "$1"
  cd "$trial"
}

# The anchors of a page's headings, as GitHub makes them.
anchors() {
  sed -n 's/^##* //p' "$1" | tr 'A-Z ' 'a-z-' | tr -dc 'a-z0-9_\n-'
}

# Links to files of the tree, and to headings in them, lead somewhere.
page_links() {
  sed 's/`[^`]*`//g' "$1" | grep -o '](\([^)#: ]*\)[#)]' | sed 's/](\(.*\)./\1/' |
    sort -u >"$trial/links"
  : >"$trial/said"
  while read -r link; do
    line=$(grep -n -F "]($link" "$1" | head -n 1 | cut -d: -f1)
    [ -z "$link" ] || [ -e "$(dirname "$1")/$link" ] ||
      wrong "there is no file $link"
  done <"$trial/links"
  sed 's/`[^`]*`//g' "$1" | grep -o '](\([^): ]*\)#\([^) ]*\))' |
    sed 's/](\(.*\)./\1/' | sort -u >"$trial/links"
  while read -r link; do
    line=$(grep -n -F "]($link" "$1" | head -n 1 | cut -d: -f1)
    target=$(dirname "$1")/${link%%#*}
    [ -n "${link%%#*}" ] || target=$1
    anchors "$target" 2>/dev/null | grep -qx -e "${link#*#}" ||
      wrong "there is no heading for $link"
  done <"$trial/links"
}

right_page() {
  page_blocks "$1" >"$trial/complaints"
  if [ -s "$trial/complaints" ]; then
    failed "$page"
    cat "$trial/complaints"
  else
    ok "$page: $(awk '{ n[$2]++ } END {
      for (k in n) printf "%s %d ", k, n[k] }' "$trial/index")"
  fi
}

: >"$trial/left_out"
[ $# -gt 0 ] || set -- "$KAC_SRCDIR/README.md" "$KAC_SRCDIR"/docs/*.md
for one; do right_page "$one"; done
echo "left out: $(wc -l <"$trial/left_out")"
sed 's/^/  /' "$trial/left_out"

# --- a page with every mistake ----------------------------------------------------
# In mistakes.md a line that begins with "wrong" is what the complaint about the
# block behind it must say; there must be no other.
cp "$here/mistakes.md" "$trial"
page_blocks "$trial/mistakes.md" | grep '^mistakes' | sort -t: -k2n |
  sed 's/^[^:]*:[^:]*: //' >"$trial/found"
sed -n 's/^wrong: //p' "$trial/mistakes.md" >"$trial/expected"
if [ -z "$numpy" ]; then
  grep -v script.fails "$trial/expected" >"$trial/fewer"
  mv "$trial/fewer" "$trial/expected"
fi
if ! has python3; then
  grep -v parse "$trial/expected" >"$trial/fewer"
  mv "$trial/fewer" "$trial/expected"
fi
paste -d '|' "$trial/expected" "$trial/found" >"$trial/both"
check "all mistakes of a page are found" \
  awk -F '|' 'index($2, $1) != 1 || $1 == "" { print; bad = 1 }
    END { exit bad || NR < 19 }' "$trial/both"

# What is right beside a mistake must not be called wrong.
cat >"$trial/well.md" <<'END'
```console
$ false
$ echo "$? 3.14159 s"; echo more; echo end
1 3... s
...
end
```
```cfg
# mine.cfg: a part of a pipeline
time = { steps = 5; };
```
```sh
kac run mine.cfg --quiet >table
grep -q 'log Z' table
```
END
right_page "$trial/well.md"
finish
