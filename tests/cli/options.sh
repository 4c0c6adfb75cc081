#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The command line: help, version, list, info, slips of the keyboard, and what
# they exit with.
. "$KAC_SRCDIR/tests/cli/lib.sh"
cd "$trial"
pipeline 'plugin = "gaussian";' "$advance" "$hundred" >run.cfg

# prints PATTERN WHAT: the last kac succeeded and said so on standard output
prints() {
  if [ "$status" -eq 0 ] && grep -Eq -- "$1" out && ! [ -s err ]; then
    ok "$2"
  else
    failed "$2: expected /$1/ on standard output"
    show
  fi
}

kac
says 2 '^usage: kac COMMAND' 'no command'
for help in help --help -h; do
  kac "$help"
  prints '^usage: kac COMMAND' "kac $help"
done
sed -n '1,/^$/d; /^$/q; s/^  \([a-z-]*\) .*/\1/p' out >commands
while read -r command; do
  kac "$command" --help
  prints "^usage: kac $command" "kac $command --help"
  kac help "$command"
  prints "^usage: kac $command" "kac help $command"
done <commands
kac help rnu
says 2 "did you mean 'run'" 'help for a slip of the keyboard'

kac --version
prints '^kac [0-9][^ ]* \(plugin ABI [0-9]+\.[0-9]+\)$' 'kac --version'

kac rum run.cfg
says 2 "^kac: error: unknown command 'rum'; did you mean 'run'\\?\$" \
  'a command mistyped'
kac run run.cfg --ouput here
says 2 "^kac run: error: unknown option '--ouput' \\(did you mean '--output'" \
  'an option mistyped'
kac check run.cfg --output here
says 2 "^kac check: error: unknown option '--output'" \
  'an option of another command'
kac run run.cfg --threads
says 2 "^kac run: error: a value is missing behind '--threads'\$" \
  'a value that is missing'
kac run run.cfg --quiet=yes
says 2 "^kac run: error: no value is expected in '--quiet=yes'\$" \
  'a value that is too much'
kac run run.cfg other.cfg
says 2 "^kac run: error: one config is expected, not also 'other.cfg'\$" \
  'two configs'
kac run
says 2 '^kac run: error: a config is expected$' 'no config'
kac run run.cfg --output ''
says 2 '^kac run: error: --output needs a folder$' 'a folder without a name'
kac run run.cfg --threads many
says 2 '^command line argument 4 \(--threads many\): error: threads = "many" of the config: must' \
  'a number that is none'
kac check run.cfg --seed 6000000000
says 0 '' 'a long seed needs no L'
kac run run.cfg
check 'progress and report go apart' grep -q '^log Z  ' out

kac check run.cfg
prints '^run.cfg: ok; [a-z]*; a run needs about .* of memory, .* are free$' 'kac check'
kac check run.cfg --explain --set time.steps=7
prints 'steps.*7.*command line argument 5 \(--set time.steps=7\)$' 'kac check --explain'

kac list
prints '^score  +gaussian  +[0-9][^ ]* +/.*/score/gaussian.so$' 'kac list'
n_all=$(wc -l <out)
kac list potential
prints '^potential  +box ' 'kac list KIND'
check 'kac list KIND is shorter' test "$(wc -l <out)" -lt "$n_all"
check 'kac list KIND shows no other' test \
  "$(tail -n +2 out | grep -vc '^potential ')" -eq 0
kac list potentials
says 2 "error: .*'potentials'" 'kac list of a kind that is none'
kac list --plugin-path "$KAC_FIXTURES"
check 'kac list goes on behind a broken plugin' grep -q \
  '^potential  *potential_spring ' out
check 'kac list says why a plugin does not fit' grep -q 'no_entry' out err

kac info gmm
prints '^sigma  +real ' 'kac info'
check 'kac info of a score: keys of the target' grep -Eq '^power +ramp ' out
# What the kinds take besides, from the tables that configs are checked with.
keys_of() {
  kac info "$1"
  for key in $2; do
    check "kac info $1: $key" grep -Eq "^$key +(string|choice|ramp|real|int|bool|array|group) " out
  done
}
keys_of quadratic 'id mode at strength guide jacobian every window'
keys_of euler_maruyama 'id noise repeat window'
keys_of systematic 'id ess_below every at_end window'
keys_of moments id
keys_of ve id
# The sections of a config; a list also by the name of its kind.
sections=$(kac help --man && sed -n '/^.SH "SECTIONS/,/^.SH "EXIT/s/^.B "\(.*\)"$/\1/p' out)
for section in $sections; do
  kac info "$section"
  prints "^$section \\(section of a config\\)\$" "kac info $section"
done
keys_of run 'seed threads block plugin_path'
check 'kac info run: every section' test \
  "$(grep -c ' group ' out)" -eq "$(($(echo "$sections" | wc -w) - 1))"
keys_of state 'real particles dim mean_free'
keys_of path 'frame weights sigma_data'
keys_of potentials 'plugin mode strength samples any_of all_of not weight'
keys_of potential 'plugin mode strength'
kac info time
check 'no default is none' grep -Eq '^steps +int +none' out
kac info pth
says 3 "the section 'path' of a config has keys too: kac info path\$" \
  'a section mistyped'
kac info runs
says 3 "error: no plugin 'runs'" 'the top level is no list'
mkdir -p twins/score twins/potential
cp "$KAC_BUILDDIR/plugin-tree/score/gaussian.so" twins/score/paths.so
cp "$KAC_BUILDDIR/plugin-tree/potential/linear.so" twins/potential/paths.so
kac info paths --plugin-path twins
says 3 "'paths' is a .* and a .*: write 'score/paths' or 'potential/paths'\$" \
  'a name of two kinds'
check 'and no section is meant' test "$(grep -c section err)" -eq 0
kac info gmm --json --template
says 2 '^kac: error: give --json or --template, not both$' 'two forms at once'
kac info gmn
says 3 "error: no plugin 'gmn'; did you mean 'gmm'\\?\$" 'kac info mistyped'
kac info
says 2 '^kac: error: name a plugin or a section$' 'kac info of nothing'
kac info gmm --jsn
says 2 "error: unknown option '--jsn'" 'kac info: an option mistyped'

# JSON of every plugin and of a run, read by a parser if there is one.
json_is_good() {
  if command -v python3 >/dev/null; then
    python3 -c 'import json, sys
for name in sys.argv[1:]:
    json.load(open(name))' "$@"
  else
    for file; do
      [ "$(head -c 1 "$file")" = '{' ] && [ "$(tail -n 1 "$file")" = '}' ] &&
        [ "$(tr -cd '{[' <"$file" | wc -c)" -eq \
          "$(tr -cd '}]' <"$file" | wc -c)" ] || return 1
    done
  fi
}
kac list
tail -n +2 out | awk '$3 != "-"' >plugins # the absent ones have no version
while read -r kind name _; do
  kac info "$kind/$name" --json
  mv out "$kind-$name.json"
done <plugins
for section in $sections; do
  kac info "$section" --json
  mv out "section-$section.json"
done
kac run run.cfg --quiet --output results
{
  printf '{ "lines": [ '
  sed '$!s/$/,/' results/trace.jsonl
  printf '] }\n'
} >of-trace.json
check 'kac info --json, run.json and trace.jsonl are JSON' \
  json_is_good ./*-*.json results/run.json
mkdir sections && mv section-*.json sections
check 'one line of trace.jsonl for the start and each step' test \
  "$(grep -c '^{"step":[0-9]*,.*}$' results/trace.jsonl)" -eq 21
check 'kac info --json of every plugin' test \
  "$(cat ./*-*.json | grep -c '"parameters": \[')" -eq "$(wc -l <plugins)"

# template NAME [SED]: the template of a plugin, required keys filled in
template() {
  kac info "$1" --template
  sed "${2-}" out
}
score=$(template gaussian)
potential=$(template potential/linear 's/^  # slope = .*/  slope = [ 1.0 ];/')
advancing=$(template euler_maruyama)
resampler=$(template systematic)
schedule=$(template ve)
observer=$(template moments)
cat >templates.cfg <<END
state = { real = 1; };
schedule = $schedule;
time = { steps = 4; };
scores = ( $score );
potentials = ( $potential );
integrators = ( $advancing );
resampler = $resampler;
population = { particles = 10; };
observers = ( $observer );
END
kac check templates.cfg
says 0 '' 'templates fit into a config'

# fill SECTION [SED]: its template; with plugins and required keys filled in it
# must be as good as nothing.
fill() {
  kac info "$1" --template
  sed "${2-}" out
}
{
  fill run '/^# [a-z_]* = /d'
  fill state 's/^  # real = .*/  real = 1;/; s/^  dim = /  # &/'
  fill schedule 's/^  # plugin = .*/  plugin = "ve";/'
  fill time 's/^  # steps = .*/  steps = 4;/'
  fill scores 's/^  # plugin = .*/  plugin = "gaussian"; id = "q";/'
  fill target 's/^  # score = .*/  score = "q";/'
  fill path
  fill potentials 's/^  # plugin = .*/  plugin = "quadratic";/'
  fill integrators 's/^  # plugin = .*/  plugin = "euler_maruyama";/'
  fill resampler 's/^  # plugin = .*/  plugin = "systematic";/'
  fill start
  fill population 's/^  # particles = .*/  particles = 10;/'
  fill observers 's/^  # plugin = .*/  plugin = "moments";/'
  fill output
} >sections.cfg
kac check sections.cfg
says 0 '' 'templates of sections make a config'
finish
