#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Configs that cannot lie in the sources: odd bytes, sizes, kinds of files.
# Each is refused at once, by name, with exit status 2; nothing hangs.
. "$KAC_SRCDIR/tests/cli/lib.sh"
cd "$trial"

# refuses FILE PATTERN WHAT
refuses() {
  kac check "$1" </dev/null
  says 2 "$2" "$3"
}

good=$(pipeline 'plugin = "gaussian";' "$advance" "$hundred")

printf 'seed = 1;\nid = "a\0b";\n' >nul.cfg
refuses nul.cfg '^nul.cfg: error: byte 0 at offset 17' 'F20 a byte 0'

printf '\357\273\277%s\n' "$good" | sed 's/$/\r/' >dos.cfg
kac check dos.cfg
says 0 '' 'F21 byte order mark and CRLF are accepted'

head -c 1100000 /dev/zero | tr '\0' '#' >big.cfg
refuses big.cfg '^big.cfg: error: larger than 1048576 bytes$' 'F22 a big file'
{
  printf 'id = "'
  head -c 70000 /dev/zero | tr '\0' 'a'
  echo '";'
} >long.cfg
refuses long.cfg '^long.cfg:1: error: line of 70008 bytes, at most 65536$' \
  'F22 a long line'
{
  printf 'x = ( 0'
  yes ',0,0,0,0,0,0,0,0,0,0' | head -n 1001
  echo ');'
} >many.cfg
refuses many.cfg '^many.cfg:[0-9]+: error: more than 10000 settings$' \
  'F22 many settings'

printf '@include "b.cfg"\n' >a.cfg
printf '\n@include "a.cfg"\n' >b.cfg
refuses a.cfg '^b.cfg:2: error: .*: a.cfg -> b.cfg -> a.cfg$' 'F24 a cycle'

mkdir base away
echo 'seed = 3;' >away/seed.cfg
cp away/seed.cfg base/seed.cfg
ln -s ../away/seed.cfg base/link.cfg
echo "$good" >base/good.cfg
# includes PATH: base/run.cfg includes it
includes() { printf '@include "%s"\n%s\n' "$1" "$good" >base/run.cfg; }
outside='must lie below the folder of the config, base$'
includes ../away/seed.cfg
refuses base/run.cfg "^base/run.cfg:1: error: .*'../away/seed.cfg' $outside" \
  'F26 a file elsewhere'
includes link.cfg
refuses base/run.cfg "^base/run.cfg:1: error: .*'link.cfg' $outside" \
  'F26 a link to a file elsewhere'
check 'F26 says that it is a link' grep -q 'it is a link to a file elsew' err
kac run base/run.cfg --quiet --output linked --allow-include-outside
says 0 '' 'F26 unless it is asked for'
check 'F26 which is written down' test \
  "$(sed -n '/"overrides"/,/]/p' linked/run.json | tr -d ' \n')" = \
  '"overrides":["allow-include-outside"],'
for inside in ./seed.cfg ../base/seed.cfg "$PWD/base/seed.cfg"; do
  includes "$inside"
  kac check base/run.cfg
  says 0 '' "F26 what lies below the folder after all: $inside"
done
includes ../away/none.cfg
refuses base/run.cfg "^base/run.cfg:1: error: .* $outside" \
  'F26 says nothing of what is elsewhere'

mkdir folder
mkfifo pipe
printf '@include "folder"\n' >in_folder.cfg
printf '@include "pipe"\n' >in_pipe.cfg
refuses in_folder.cfg "^in_folder.cfg:1: error: .*'folder': a folder, not a" \
  'F25 a folder included'
refuses in_pipe.cfg "^in_pipe.cfg:1: error: .*'pipe': a pipe, not a" \
  'F25 a pipe included'

refuses pipe '^pipe: error: a pipe, not a regular file$' 'F27 a pipe'
refuses folder '^folder: error: a folder, not a regular file$' 'F27 a folder'
refuses /dev/zero '^/dev/zero: error: a device, not a regular file$' \
  'F27 a device'
refuses - '^standard input: error: the config needs the key state$' \
  'F27 an empty standard input'
status=0
echo "$good" | "$KAC" check - >out 2>err || status=$?
says 0 '' 'F27 a config on standard input'

refuses nowhere.cfg '^nowhere.cfg: error: no such file or directory$' \
  'F28 a file that is missing'
echo "$good" >secret.cfg
chmod 000 secret.cfg
if [ -r secret.cfg ]; then
  skip 'F28 a file that may not be read: root reads it'
else
  refuses secret.cfg '^secret.cfg: error: permission denied$' \
    'F28 a file that may not be read'
fi
finish
