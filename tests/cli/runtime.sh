#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Faults while a run is going on: the message names the line of the config, the
# instance, the plugin's file, the step and the particle; the exit status says
# of what kind the fault is; and no file bears the name of a result.
. "$KAC_SRCDIR/tests/cli/lib.sh"
cd "$trial"
KAC_PLUGIN_PATH=$KAC_PLUGIN_PATH:$KAC_FIXTURES
normal='plugin = "gaussian";'
always='resampler = { plugin = "systematic"; ess_below = 1.0; };'

# ends CODE PATTERN WHAT SCORE LINE...: one message, and no report
ends() {
  code=$1 pattern=$2 fault=$3
  shift 3
  pipeline "$@" "$advance" "$hundred" >run.cfg
  kac run run.cfg --quiet --output results
  says "$code" "$pattern" "$fault"
  check "$fault: one message" test "$(grep -vc ': warning: ' err)" -eq 1
  check "$fault: no report" test ! -s out
}

# fails CODE PATTERN WHAT SCORE LINE...: and no file either
fails() {
  ends "$@"
  keeps_nothing results "$fault: no files"
}

# extinct STEPS PATTERN WHAT SCORE LINE...: run.json says so, after that many
# steps, and there are no samples
extinct() {
  n_done=$1
  shift
  ends 5 "$@"
  check "$fault: two files" test "$(ls results)" = 'resolved.cfg
run.json'
  check "$fault: log Z" grep -q '^  "log_z": null,$' results/run.json
  for key in exit_code:5 steps_done:"$n_done" extinct_replicates:1; do
    check "$fault: $key" test \
      "$(number results/run.json "${key%:*}")" -eq "${key#*:}"
  done
  kac run results/resolved.cfg --quiet --output results --overwrite
  says 5 'error: extinct' "$fault, once more"
  rm -r results
}

potential() {
  echo "potentials = ( { id = \"p\"; $1 } );"
}

# at LINE INSTANCE PLUGIN TEXT: the pattern of a message
at() {
  echo "^run.cfg:$1: error: $2 '$3' \\($3.so 1\\.0\\): $4\$"
}

step='at step [0-9]+, replicate 0, particle'
number='\(expected a finite number\)' verdict='\(expected a finite number or -inf\)'
fails 5 "$(at 4 q nan_score "the score is NaN $number $step 37")" 'F67 a NaN score' \
  'plugin = "nan_score"; row = 37;'
fails 4 "$(at 4 q unwritten 'the score is not written.*')" \
  'F69 a score that writes nothing' 'plugin = "unwritten";'
advance_was=$advance
advance='integrators = ( { id = "m"; plugin = "nan_kernel"; row = 63; } );'
fails 5 "$(at 5 m nan_kernel "the kernel's mean is NaN $number $step 63")" \
  'a NaN mean' "$normal"
advance=$advance_was
# The start is no step; the first one is 1, the last one 20.
for mode in final:step.20 rate:the.start difference:step.1 integral:the.start; do
  step="at ${mode#*:}, replicate 0, particle" mode=${mode%%:*}
  fails 5 "$(at 5 p nan_potential "phi is NaN $verdict $step 42")" \
    "F68 a NaN potential, $mode" "$normal" \
    "$(potential "plugin = \"nan_potential\"; row = 42; mode = \"$mode\";")"
  fails 5 "$(at 5 p inf_potential "phi is \\+inf $verdict $step 42")" \
    "F68 a potential of +inf, $mode" "$normal" \
    "$(potential "plugin = \"inf_potential\"; row = 42; mode = \"$mode\";")"
done

# The place must not depend on how rows are dealt out to threads and blocks.
pipeline 'plugin = "nan_score"; row = 297;' "$advance" \
  'population = { particles = 100; replicates = 4; };' >run.cfg
for block in 7 64 256; do
  kac run run.cfg --quiet --threads 3 --set "block=$block"
  says 5 'the score is NaN .* at step 12, replicate 2, particle 97$' \
    "F67 the same place in blocks of $block"
done

for mode in final difference rate integral; do
  fails 5 "$(at 5 p box "phi, which a negative strength multiplies, is -inf $number at .*")" \
    "a verdict times a negative strength, $mode" "$normal" \
    "$(potential "plugin = \"box\"; lower = 0.0; strength = -1.0; mode = \"$mode\";")"
done

push=$(potential 'plugin = "quadratic"; mode = "difference"; stiffness = 9.0;')
ancestor='ancestor\[0\] = 100 is not below 100 at step 1, replicate 0'
fails 4 "$(at 6 pick bad_resampler "$ancestor")" 'F89 a bad ancestor' \
  "$normal" "$push" \
  'resampler = { id = "pick"; plugin = "bad_resampler"; ess_below = 1.0; };'

fails 4 "$(at 5 p fail_create 'the table has 0 rows')" 'F63 create fails' \
  "$normal" "$(potential 'plugin = "fail_create"; mode = "final";')"
fails 4 "$(at 5 p fail_create '.* status -1: no message given')" \
  'F63 create fails in silence' "$normal" \
  "$(potential 'plugin = "fail_create"; silent = true; mode = "final";')"
fails 4 "$(at 5 p fail_create '.* undefined status -77: the table .*')" \
  'F65 an undefined status' "$normal" \
  "$(potential 'plugin = "fail_create"; status = -77; mode = "final";')"

# A step into sigma = 0 is a point: the kernel is asked before the run.
pipeline 'plugin = "gaussian";' "$hundred" \
  'integrators = ( { plugin = "ancestral"; } );' \
  'path = { weights = "density"; };' |
  sed 's/"ve"/"edm"; sigma_min = 0.0/' >run.cfg
kac run run.cfg --quiet
says 2 'that of .ancestral. has variance 0 from t = 4 to 0, where sigma is 0' \
  'a step without density where weights are densities'

# One that leaves the house: compiled here, as a stranger would.
cat >leave.c <<'END'
#include <kac/sdk.h>
#include <stdlib.h>
struct config {
  int64_t unused;
};
static const kac_param params[] = {
    KAC_INT(struct config, unused, 0, 0, 1, "", "does nothing")};
static kac_status eval(const void *self, const kac_block *block,
                       kac_potential_io *io, kac_error *err) {
  (void)self, (void)io, (void)err;
  if (block->step == 3) exit(0);
  for (size_t i = 0; i < block->n; i++) io->phi[i] = 0;
  return KAC_OK;
}
KAC_POTENTIAL_PLUGIN("leave", "calls exit()", struct config, params, KAC_Q_PHI,
                     eval)
END
$CC -I"$KAC_SRCDIR/include" -fPIC -shared leave.c -o leave.so -lm
pipeline "$normal" "$advance" "$hundred" \
  "$(potential 'plugin = "./leave.so"; mode = "difference";')" >run.cfg
kac run run.cfg --quiet --output left
says 4 \
  "^run.cfg:7: error: p 'leave' \\(.*/leave.so\\) called exit\\(\\) at step 4, rows 0 to 99\$" \
  'F80 a plugin calls exit()'
for file in run.json samples.npz trace.jsonl resolved.cfg; do
  check "F80 and leaves no $file" test ! -e "left/$file"
done

# A plugin that crashes is named; the exit code is the signal's.  The address
# sanitizer has handlers of its own.
deaths='pointer:139:SIGSEGV abort:134:SIGABRT stack:139:SIGSEGV'
if grep -q __asan_init "$KAC"; then
  skip "F78 the sanitizer's own handlers run"
  deaths=
fi
for death in $deaths; do
  how=${death%%:*} code=${death#*:} code=${code%:*}
  pipeline "$normal" "$advance" "$hundred" \
    "$(potential "plugin = \"crash\"; how = \"$how\"; mode = \"max\";")" \
    >run.cfg
  kac run run.cfg --quiet --plugin-path "$KAC_FIXTURES"
  says "$code" "^run.cfg:[0-9]+: error: p 'crash' .*crash.so\\) crashed at step 1, rows 0 to 99: ${death##*:}" \
    "F78 a plugin dies: $how"
done

far='plugin = "box"; lower = [ 5e3, 5e3 ]; upper = [ 6e3, 6e3 ];'
refused="; refused by potential 'p' \\(100 particles\\); log Z = -inf; soften"
extinct 0 "^run.cfg:6: error: extinct at step 1 of 20 .*: every particle .*$refused" \
  'F92 nobody survives the first step' "$normal" "$always" \
  "$(potential "$far mode = \"difference\";")"
extinct 19 "^run.cfg:6: error: extinct at step 20 of 20 .*: every particle .*$refused" \
  'F92 nobody survives the last step' "$normal" "$always" \
  "$(potential "$far mode = \"final\";")"

pipeline "$normal" "$advance" "$hundred" >run.cfg
kac run run.cfg --quiet --set population.particles=1
says 0 '' 'F98 one particle'

# Two observers that report the same keys.
kac run run.cfg --quiet --output two \
  --set 'observers=({ plugin = "moments"; }, { plugin = "moments"; interval = 9; })'
says 0 '' 'two observers that report the same keys'
for k in 0 1; do
  check "the mean of observers[$k]" grep -q "^observers\\[$k\\].mean " out
  check "observers[$k] in run.json" grep -q "^ *\"observers\\[$k\\]\": {" \
    two/run.json
done

# The first step of ve has eps du = 0.5 * 2 * 50^2 log(5000) / 20.
kac run run.cfg --quiet --set \
  'potentials=({ plugin = "quadratic"; mode = "rate"; stiffness = 0.1; })'
says 0 '' 'a stiff potential runs'
check 'and is warned about' grep -q \
  "^warning: potential 'potentials\[0\]' is too stiff .* reaches 106 at step 1" out
kac run run.cfg --quiet --set \
  'potentials=({ plugin = "quadratic"; mode = "rate"; stiffness = 9e-4; })'
check 'one that is not stiff is not' test "$(grep -c stiff out)" -eq 0
check 'nor has it diverged' test "$(grep -c diverged out)" -eq 0

kac run run.cfg --quiet --set path.weights=off --set \
  'potentials=({ plugin = "quadratic"; mode = "guide"; stiffness = 10.0; })'
says 0 '' 'a run that diverges ends, all numbers being finite'
check 'with a warning' grep -q \
  "^warning: the run has diverged: .*; potential 'potentials\[0\]' (.*) guides" out

# Output folders.
kac run run.cfg --quiet --output results
says 0 '' 'a first run'
cp results/run.json before.json
kac run run.cfg --quiet --output results
says 6 "error: output folder 'results' holds a finished run .*--overwrite\$" \
  'F125 results are not overwritten'
check 'F125 and stay what they were' cmp results/run.json before.json
kac run run.cfg --quiet --output results --overwrite --seed 5
says 0 '' 'F125 with --overwrite they are'
check 'F125 and are new' test "$(number results/run.json seed)" -eq 5
kac run run.cfg --quiet --output results --overwrite --set \
  'potentials=({ plugin = "box"; lower = 5e3; upper = 6e3; mode = "final"; })'
says 5 'error: extinct' 'an extinct run in the folder of another'
check 'has none of its samples' test "$(ls results)" = 'resolved.cfg
run.json'
kac run run.cfg --quiet --output results
says 6 'holds a finished run' 'an extinct run is not overwritten either'
rm -r results
kac run run.cfg --quiet --output run.cfg
says 6 "error: cannot open output folder 'run.cfg': Not a directory\$" \
  'F122 the folder is a file'
kac run run.cfg --quiet --output /proc/nowhere
says 6 "error: cannot make output folder '/proc/nowhere': " \
  'F122 the folder cannot be made'
if [ -w /dev/full ]; then
  status=0
  "$KAC" run run.cfg --quiet >/dev/full 2>err || status=$?
  says 6 'error: standard output: No space left on device$' \
    'F128 the report cannot be written'
fi

# A run that is stopped, and one beside it in the same folder.
status=0
mkdir busy
"$KAC" run run.cfg --quiet --output busy --set time.steps=16000000 \
  >out 2>stopped &
pid=$!
n_waits=0
until [ -s busy/lock ] || [ "$n_waits" -ge 300 ]; do
  n_waits=$((n_waits + 1))
  sleep 0.2
done
sleep 0.2
kac run run.cfg --quiet --output busy
says 8 "error: output folder 'busy' is in use by process $pid\$" \
  'F123 a folder in use'
kill -TERM "$pid"
status=0
wait "$pid" || status=$?
mv stopped err
says 143 "stopped by signal 15 .* after [0-9]+ of 16000000 steps: .*no files were" \
  'F132 SIGTERM'
keeps_nothing busy 'F132 no files'
kac run run.cfg --quiet --output busy
says 0 '' 'F124 the folder is free again'
finish
