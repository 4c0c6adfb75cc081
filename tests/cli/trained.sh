#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every pipeline of conf/ with a trained network runs and finds the answer that
# its comment states: estimates of long runs, with errors of their own.  Seeds
# are fixed.  Where tests are to be quick (KAC_TEST_SCALE below 1) the pipelines
# only run, for a few steps: their numbers are looked at in the full test.
. "$KAC_SRCDIR/tests/cli/lib.sh"
. "$KAC_SRCDIR/tests/cli/results.sh"
cd "$trial"

# far VALUE ERROR REFERENCE ITS_ERROR: in standard errors of both
far() {
  awk -v a="$1" -v e="$2" -v b="$3" -v f="$4" \
    'BEGIN { if (e > 0) print (a - b) / sqrt(e * e + f * f) }'
}
nth() { values "$1" | sed -n "$2p"; }

# trained NAME ARGUMENT...: as run, but it may warn, and without the contact
# sheet where kac has no image
kac info image
has_image=$status
trained() {
  name=$1
  shift
  sheet='/plugin = "image"/d;'
  [ "$has_image" -ne 0 ] || sheet=
  sed "$sheet s#\"models/#\"$KAC_SRCDIR/conf/models/#
    s#\"reference/#\"$KAC_SRCDIR/conf/reference/#" \
    "$KAC_SRCDIR/conf/$name.cfg" >"$name.cfg"
  kac run "$name.cfg" --quiet --overwrite --output "$name" "$@"
  check "$name.cfg runs" test "$status" -eq 0
  json=$name/run.json
}

# Three steps of each.
all_run() {
  for pipeline in digits digits-steer digits-guidance digits-product \
    dw4-neural lj13-neural; do
    trained $pipeline --set population.particles=3 --set time.steps=3
    check "$pipeline: log Z is a number" test -n "$(values log_z)"
    for model in $(sed -n 's/.*file = "\(.*safetensors\)".*/\1/p' "$name.cfg" |
      sort -u); do
      check "$pipeline: the hash of ${model##*/}" \
        grep -q "$(sha256sum "$model" | cut -d ' ' -f 1)" "$json"
    done
  done
}

samples() {
  trained digits --set population.particles=25
  is_class exact
  values class_zscore | rms 10 | within 'rms of z over 10 classes' 2.5
  values mean_zscore | rms 64 | within 'rms of z over 64 pixels' 2
  far "$(values total_variance)" "$(values total_variance_err)" 18.17 0.02 |
    within 'total variance' 6

  # Digits of one class must not pass for all of them.
  trained digits --set population.particles=8 --set 'scores[0].class=3'
  check 'another mean image is seen' test \
    "$(values mean_zscore | rms 64 | awk '{ print ($1 > 4) }')" = 1
}

# Every mode has the same target: the base law weighted by the classifier.
steered() {
  trained digits-steer --set population.particles="$1" "$2" "$3" \
    "$4" "$5"
  is_class exact
  far "$(values log_z)" "$(values log_z_stderr)" -2.2431 0.0076 |
    within "log Z, $3 $5" 6
  far "$(nth class_masses 4)" "$(nth class_masses_err 4)" 0.8024 0.0019 |
    within "mass of class 3, $3 $5" 6
}
steering() {
  steered 16 --set potentials[0].mode=difference --set seed=1
  steered 16 --set potentials[0].mode=final --set resampler.at_end=true
  steered 12 --set potentials[0].mode=max --set potentials[0].every=16
  steered 12 --set potentials[0].mode=sum --set potentials[0].every=16
  steered 12 --set potentials[0].mode=current --set potentials[0].every=16
  steered 8 --set potentials[0].guide=1.0 --set potentials[0].every=4
}

# Guidance without weights makes the digits alike; with them they stay as
# different as the class.
guidance() {
  trained digits-guidance --set population.particles=16 --set path.weights=off
  is_class uncorrected
  values total_variance >alike
  far "$(values total_variance)" "$(values total_variance_err)" 7.01 0.05 |
    within 'total variance without weights' 6
  trained digits-guidance --set population.particles=16
  is_class discretised
  check 'all digits are threes' test \
    "$(nth class_masses 4 | awk '{ print ($1 > 0.95) }')" = 1
  check 'weights keep the digits different' test \
    "$(values total_variance | cat alike - | awk '{ v[NR] = $1 }
      END { print (v[2] > 1.15 * v[1]) }')" = 1
}

product() {
  trained digits-product --set population.particles=12
  far "$(values log_z)" "$(values log_z_stderr)" -5.186 0.014 | within 'log Z' 6
  far "$(nth class_masses 4)" "$(nth class_masses_err 4)" 0.5031 0.0081 |
    within 'mass of class 3' 6
  trained digits-product --set population.particles=4 \
    --set 'scores[1].class=3'
  values log_z | within 'log Z of a model with itself' 1e-6
}

# At half the temperature of the training, against the energy's own law.
particles() {
  trained dw4-neural --set population.particles=100
  far "$(values mean | awk '{ print -$1 }')" "$(values mean_err)" -24.291 0.002 |
    within '<E>' 6
  awk -v sd="$(values sd)" 'BEGIN { print sd - 0.8945 }' | within 'sd of E' 0.1

  # From T = 2 to 0.8: replicates of 500 particles differ by 0.7 in <E>, four of
  # 40 are within 1.2 of their mean.  Without weights it is 11 off.
  trained lj13-neural --set population.particles=40
  awk -v mean="$(values mean)" 'BEGIN { print mean - 51.93 }' |
    within '<E>, long run' 4
  awk -v mean="$(values mean)" 'BEGIN { print mean - 52.48 }' |
    within '<E>, parallel tempering' 4
}

if awk "BEGIN { exit !(${KAC_TEST_SCALE-1} < 1) }"; then
  all_run
else
  samples
  steering
  guidance
  product
  particles
fi
finish
