#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every pipeline of conf/ runs and finds the exact answer that its comment
# states.  Where the weights are exact (class "exact") log Z and the moments
# lie within 6 standard errors of it; where the step size still shows (class
# "discretised") log Z may also be off by BIAS/steps, the first order that was
# measured at 250, 500 and 1000 steps.  Seeds are fixed, so nothing here is a
# matter of luck: a number changes only when the sampler does.
. "$KAC_SRCDIR/tests/cli/lib.sh"
. "$KAC_SRCDIR/tests/cli/results.sh"
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

# z_of_log_z BIAS: (|error| - BIAS/steps) in standard errors
z_of_log_z() {
  awk -v error="$(values log_z_error)" -v err="$(values log_z_stderr)" \
    -v bias="$1" -v steps="$(values steps)" 'BEGIN {
      if (error == "" || !(err > 0)) exit
      if (error < 0) error = -error
      print (error - bias / steps) / err }'
}

exact='guidance product reward'
PYTHONDONTWRITEBYTECODE=1
export PYTHONDONTWRITEBYTECODE
[ "${KAC_HAVE_NUMPY-}" != yes ] || exact="$exact python"
for exact in $exact; do
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
  'BEGIN { if (err > 0) print (mean - 52.48) / sqrt(err * err + 0.04 * 0.04) }' |
  within '<E>' 6
awk -v sd="$(values sd)" 'BEGIN { print sd - 5.67 }' | within 'sd of E' 1

# z-scores of 64 means over 8 replicates: Student's t with 7 degrees of
# freedom, whose root mean square is 1.18.
run annealing64 --set "population.particles=$(scaled 200)"
is_class discretised
z_of_log_z 10 | within 'log Z' 6
values mean_zscore | rms 64 | within 'rms of z over 64 means' 2
values var_zscore | rms 64 | within 'rms of z over 64 variances' 2

# The evidence of an inverse problem; a guide makes it more certain.
for guide in 0.0 1.0; do
  run inpaint --set "population.particles=$(scaled 2000)" \
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
