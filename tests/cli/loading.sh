#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Plugins that cannot be loaded: each gives one message with the line of the
# config, the path of the file and the reason, and exit status 3.
. "$KAC_SRCDIR/tests/cli/lib.sh"
cd "$trial"
mkdir -p odd/potential
KAC_PLUGIN_PATH=$KAC_PLUGIN_PATH:$trial/odd:$KAC_FIXTURES
spring=$KAC_FIXTURES/potential/potential_spring.so

# uses PLUGIN [KEYS]: a config with this potential, in run.cfg
uses() {
  pipeline 'plugin = "gaussian";' "$advance" "$hundred" \
    "potentials = ( { plugin = \"$1\"; mode = \"final\"; ${2-} } );" >run.cfg
}

# refuses PLUGIN PATTERN WHAT
refuses() {
  uses "$1"
  kac check run.cfg
  says 3 "^run.cfg:7: error: .*$2" "$3"
}

refuses qadratic "no potential plugin 'qadratic'; did you mean 'quadratic'\\?" \
  'F43 not found'
check 'F43 every folder is listed' test \
  "$(grep -c "searched .*: no 'qadratic.so' in its folder" err)" -eq 3
refuses gaussian "'gaussian' is a score, not a potential" 'F43 another kind'
refuses ./nowhere.so "nowhere.so': no such file" 'F43 a path'
kac run run.cfg --output results
says 3 "^run.cfg:7: error: .*nowhere.so': no such file" 'F43 run says the same'
keeps_nothing results 'F43 and writes nothing'

echo 'a text' >odd/potential/text.so
: >odd/potential/empty.so
head -c 3000 "$spring" >odd/potential/cut.so
head -c 40 "$spring" >odd/potential/stub.so
cp "$KAC_FIXTURES/potential/no_entry.so" odd/potential/foreign.so
printf '\377\376' | dd of=odd/potential/foreign.so bs=1 seek=18 conv=notrunc \
  2>/dev/null
refuses text 'text.so\): not a shared library: it has no ELF header$' \
  'F44 a text'
refuses empty 'empty.so\): not a shared library: it is empty$' 'F44 empty'
refuses cut 'cut.so\): truncated or damaged' 'F44 truncated'
refuses stub 'stub.so\): truncated: an ELF header alone has' 'F44 a stub'
refuses foreign 'foreign.so\): built for another machine' 'F44 another machine'

refuses no_entry "no_entry.so\\): no symbol 'kac_module_v1'" 'F45 no entry'
refuses undefined_symbol \
  'symbol.so\): undefined symbol: kac_test_nobody_has_this$' \
  'F46 an undefined symbol'
refuses wrong_major 'wrong_major.so\): built for plugin ABI 2, .* speaks 1$' \
  'F47 another major'
refuses next_major 'next_major.so\): built for plugin ABI 2, .* speaks 1$' \
  'F47 the symbol of another major'
refuses newer_minor 'minor.so\): needs plugin ABI 1\.[0-9]+, .* speaks 1' \
  'F47 a newer minor'
refuses bad_struct_size 'component: struct_size is 4294967295, expected' \
  'F48 an absurd size'
refuses missing_function "function 'eval' is NULL, a potential requires it$" \
  'F49 a function that is missing'
refuses wrong_name "it holds 'another_name', not 'wrong_name'; write plugin =" \
  'F49 another name'
refuses bad_table_default "parameter 'a': default 5 is outside \\[0, 1\\]$" \
  'F50 a default outside its range'
refuses bad_table_duplicate "parameter 'a': declared twice$" \
  'F50 a parameter twice'
refuses bad_table_offset "parameter 'a': bytes 8 to 16 lie outside the config" \
  'F50 an offset outside the struct'
refuses reserved_key "parameter 'strength': this key belongs to the host$" \
  'F50 a key of the host'

# module FAULT PATTERN: what the entry function returns
module() {
  export KAC_BAD_MODULE="$1"
  refuses bad_module "bad_module.so\\): $2" "F48 module: $1"
  unset KAC_BAD_MODULE
}
module null 'kac_module_v1 gave no module$'
module magic 'magic number 0x12345678, expected 0x[0-9a-f]+$'
module small 'module: struct_size is 16, expected [0-9]+$'
module absurd 'module: struct_size is 4294967295, expected [0-9]+$'
module empty 'the module holds no component$'
module twice "two components are called 'bad_module'$"
module many 'more than 64 components$'
module rounding 'the rounding mode is changed after its entry function'

# -ffast-math links a constructor that sets the processor; sanitizers and
# other compilers may leave it out.
uses fast_math
kac check run.cfg
if [ "$status" -eq 0 ]; then
  skip 'F52 this compiler has no constructor for -ffast-math'
else
  says 3 'flush-to-zero is switched on after loading: built with -ffast-math' \
    'F52 a plugin that changes the processor'
fi

mkdir other
cp "$spring" other/spring.so
ln -s other/spring.so link.so
pipeline 'plugin = "gaussian";' "$advance" "$hundred" 'potentials = (
  { plugin = "./other/spring.so:potential_spring"; mode = "final"; },
  { plugin = "link.so:potential_spring"; mode = "final"; stiffness = 2.0; }
);' >run.cfg
kac run run.cfg --quiet --output two
says 0 '' 'F54 one file under two names, two instances'
check 'F54 each with its own config' test \
  "$(grep -A 1 '"potentials\[[01]\].stiffness"' two/run.json |
    grep -c '"value": [12],')" -eq 2

kac run two/resolved.cfg --quiet
says 0 '' 'F54 from anywhere'

cp "$spring" odd/potential/potential_spring.so
chmod o+w odd/potential/potential_spring.so
refuses potential_spring \
  'potential_spring.so\): anyone can write to it \(mode .*refused, chmod o-w' \
  'F57 a file that anyone can write'
chmod o-w odd/potential/potential_spring.so
chmod o+w odd/potential
uses potential_spring
kac check run.cfg
says 3 'potential_spring.so\): anyone can write to its folder \(mode .*refused' \
  'F57 a folder that anyone can write'
kac run run.cfg --quiet --insecure-plugins --output insecure
says 0 '' 'F57 unless it is asked for'
check 'F57 which is written down' test \
  "$(sed -n '/"overrides"/,/]/p' insecure/run.json | tr -d ' \n')" = \
  '"overrides":["insecure-plugins"],'
for command in 'list potential' 'info gaussian' 'test gaussian'; do
  # shellcheck disable=SC2086 # words
  kac $command --insecure
  says 2 "written in full, not as '--insecure'" "kac $command: an override cut"
done
kac list potential --insecure-plugins
check 'F57 list too' grep -q "odd/potential/potential_spring.so" out
chmod o-w odd/potential
kac run run.cfg --quiet --insecure-plugins --output secure
check 'F57 what was not needed is not' grep -q '"overrides": \[\]' secure/run.json

mkdir odd/potential/folder.so
ln -s nowhere.so odd/potential/dangling.so
ln -s loop.so odd/potential/loop.so
refuses folder 'folder.so\): a folder, not a file$' 'F62 a folder'
refuses dangling 'dangling.so\): No such file or directory$' 'F62 a lost link'
refuses loop 'loop.so\): Too many levels of symbolic links$' 'F62 a loop'

KAC_PLUGIN_PATH="$KAC_PLUGIN_PATH:"
cp "$spring" ./lurking.so
mkdir potential
mv lurking.so potential
refuses lurking "no potential plugin 'lurking'" \
  'F59 never from the working folder'
finish
