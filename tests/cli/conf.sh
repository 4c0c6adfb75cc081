#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every pipeline of conf/ runs and finds the exact answer that its comment
# states.  Where the weights are exact (class "exact") log Z and the moments
# lie within 6 standard errors of it; where the step size still shows (class
# "discretised") log Z may also be off by BIAS/steps, the first order that was
# measured at 250, 500 and 1000 steps.  Seeds are fixed, so nothing here is a
# matter of luck: a number changes only when the sampler does.
. "$KAC_SRCDIR/tests/cli/lib.sh"
cd "$trial"

# scaled N: N particles, fewer where tests are slow, never below 50
scaled() {
  awk "BEGIN { n = int($1 * ${KAC_TEST_SCALE-1}); print n < 50 ? 50 : n }"
}

# run NAME ARGUMENT...: results in the folder NAME
run() {
  name=$1
  shift
  kac run "$KAC_SRCDIR/conf/$name.cfg" --quiet --output "$name" "$@"
  says 0 '' "$name.cfg runs"
  json=$name/run.json
}

# values KEY: the numbers of a key of run.json, one a line
values() {
  sed -n "s/^ *\"$1\": *\[*\([-+0-9.e, ]*\)\]*,*\$/\1/p" "$json" |
    head -n 1 | tr ',' '\n' | tr -d ' ' | sed '/^$/d'
}

# within WHAT LIMIT: every number on standard input, of which there must be
# some, is at most LIMIT in size
within() {
  if awk -v limit="$2" '
    { n++; if (!($1 <= limit && $1 >= -limit)) bad = bad " " $1 }
    END { if (bad != "") print "  beyond", limit ":" bad
          exit bad != "" || n == 0 }'
  then ok "$name: $1"; else failed "$name: $1"; fi
}

# z_of_log_z BIAS: (|error| - BIAS/steps) in standard errors
z_of_log_z() {
  awk -v error="$(values log_z_error)" -v err="$(values log_z_stderr)" \
    -v bias="$1" -v steps="$(values steps)" 'BEGIN {
      if (error == "" || !(err > 0)) exit
      if (error < 0) error = -error
      print (error - bias / steps) / err }'
}

is_class() {
  check "$name: class $1" grep -q "\"correctness\": \"$1\"" "$json"
}

for exact in guidance product reward; do
  run $exact --set "population.particles=$(scaled 1000)"
  is_class exact
  z_of_log_z 0 | within 'log Z' 6
  values mean_zscore | within 'mean' 6
  values var_zscore | within 'variance' 6
done

# <E> at the last temperature is minus the mean log-density.
run lj13 --set "population.particles=$(scaled 100)" \
  --set population.replicates=4
is_class exact
awk -v mean="$(values mean)" -v err="$(values mean_err)" \
  'BEGIN { if (err > 0) print (mean - 52.54) / err }' | within '<E>' 6
awk -v sd="$(values sd)" 'BEGIN { print sd - 5.66 }' | within 'sd of E' 1

# z-scores of 64 means over 8 replicates: Student's t with 7 degrees of
# freedom, whose root mean square is 1.18.
rms() {
  awk -v wanted="$1" '{ sum += $1 * $1; n++ }
    END { if (n == wanted) print sqrt(sum / n) }'
}
run annealing64 --set "population.particles=$(scaled 200)"
is_class discretised
z_of_log_z 10 | within 'log Z' 6
values mean_zscore | rms 64 | within 'rms of z over 64 means' 2
values var_zscore | rms 64 | within 'rms of z over 64 variances' 2

# The evidence of an inverse problem; a guide makes it more certain.
for guide in 0.0 1.0; do
  run inpaint --set "population.particles=$(scaled 500)" \
    --set "potentials[0].guide=$guide" --overwrite
  is_class exact
  z_of_log_z 0 | within "log Z, guide $guide" 6
  values mean_zscore | rms 24 | within "rms of z over 24 means, guide $guide" 2.5
  values log_z_stderr >"error-$guide"
done
values var_zscore | rms 24 | within 'rms of z over 24 variances' 2.5
check 'a guide halves the error of log Z' test \
  "$(cat error-0.0 error-1.0 | awk '{ e[NR] = $1 } END { print (e[1] > 2 * e[2]) }')" = 1

run gmm40 --set "population.particles=$(scaled 2000)" \
  --set population.replicates=8 --set time.steps=500
is_class exact
z_of_log_z 0 | within 'log Z' 6
values mean_zscore | within 'mean' 6
values total_variation | within 'total variation of the 40 masses' \
  "$(awk "BEGIN { print 1 / sqrt($(scaled 2000) / 20) }")"

# --- trained networks -------------------------------------------------------
# Their answers are estimates of long runs, with errors of their own.

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
  sed "$sheet s#\"models/#\"$KAC_SRCDIR/conf/models/#" \
    "$KAC_SRCDIR/conf/$name.cfg" >"$name.cfg"
  kac run "$name.cfg" --quiet --overwrite --output "$name" "$@"
  check "$name.cfg runs" test "$status" -eq 0
  json=$name/run.json
}

trained digits --set population.particles=25
is_class exact
values class_zscore | rms 10 | within 'rms of z over 10 classes' 2.5
far "$(values total_variance)" "$(values total_variance_err)" 18.18 0.03 |
  within 'total variance' 6

# Every mode has the same target: the base law weighted by the classifier.
steered() {
  trained digits-steer --set population.particles="$1" "$2" "$3" \
    "$4" "$5"
  is_class exact
  far "$(values log_z)" "$(values log_z_stderr)" -2.243 0.011 |
    within "log Z, $3 $5" 6
  far "$(nth class_masses 4)" "$(nth class_masses_err 4)" 0.8036 0.0032 |
    within "mass of class 3, $3 $5" 6
}
steered 16 --set potentials[0].mode=difference --set seed=1
steered 16 --set potentials[0].mode=final --set resampler.at_end=true
steered 12 --set potentials[0].mode=max --set potentials[0].every=16
steered 12 --set potentials[0].mode=sum --set potentials[0].every=16
steered 12 --set potentials[0].mode=current --set potentials[0].every=16
steered 8 --set potentials[0].guide=1.0 --set potentials[0].every=4

# Guidance without weights makes the digits alike; with them they stay as
# different as the class.
trained digits-guidance --set population.particles=16 --set path.weights=off
is_class uncorrected
values total_variance >alike
far "$(values total_variance)" "$(values total_variance_err)" 6.93 0.07 |
  within 'total variance without weights' 6
trained digits-guidance --set population.particles=16
is_class discretised
check 'all digits are threes' test \
  "$(nth class_masses 4 | awk '{ print ($1 > 0.95) }')" = 1
check 'weights keep the digits different' test \
  "$(values total_variance | cat alike - | awk '{ v[NR] = $1 }
    END { print (v[2] > 1.15 * v[1]) }')" = 1

trained digits-product --set population.particles=12
far "$(values log_z)" "$(values log_z_stderr)" -5.23 0.03 | within 'log Z' 6
far "$(nth class_masses 4)" "$(nth class_masses_err 4)" 0.4843 0.0043 |
  within 'mass of class 3' 6
trained digits-product --set population.particles=4 \
  --set 'scores[1].class=3'
values log_z | within 'log Z of a model with itself' 1e-6

# At half the temperature of the training, against chains of the energy.
trained dw4-neural --set population.particles=100
far "$(values mean | awk '{ print -$1 }')" "$(values mean_err)" -24.292 0.012 |
  within '<E>' 6
awk -v sd="$(values sd)" 'BEGIN { print sd - 0.914 }' | within 'sd of E' 0.1

# From T = 2 to 0.8: replicates of 500 particles differ by 0.7 in <E>, four of
# 40 are within 1.2 of their mean.  Without weights it is 11 off.
trained lj13-neural --set population.particles=40
awk -v mean="$(values mean)" 'BEGIN { print mean - 51.93 }' |
  within '<E>, long run' 4
awk -v mean="$(values mean)" 'BEGIN { print mean - 52.54 }' |
  within '<E>, chains of the energy' 4

# The checks above must be able to fail: without weights a guided sampler is
# wrong by far, and a bias that is not allowed for shows.
name=guidance-unweighted
kac run "$KAC_SRCDIR/conf/guidance.cfg" --quiet --output "$name" \
  --set path.weights=off
json=$name/run.json
is_class uncorrected
check 'the variance of the unweighted sampler is wrong' test \
  "$(values var_zscore | awk '{ print ($1 > 6 || $1 < -6) }')" = 1
finish
