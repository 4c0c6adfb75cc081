/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The error bar from the lineage against closed forms and against the spread
 * of many populations. */
#include <kac/sdk.h>

#include "sampler/lineage.h"
#include "sampler_fixture.h"

/* Without resampling it is the sample variance of the weights:
 * (n sum W^2 - 1)/(n - 1), here with W = .5 .25 .25. */
START_TEST(without_resampling_it_is_the_variance_of_the_weights) {
  const double logw[3] = {log(0.5), log(0.25), log(0.25)};
  const uint32_t own[3] = {0, 1, 2};
  double scratch[3];
  double exact = (3 * (0.25 + 2 * 0.0625) - 1) / 2;
  ck_assert_double_eq_tol(lineage_variance(logw, own, 3, 0, scratch), exact,
                          1e-15);
}
END_TEST

/* Two families of weight 1/2 among 4, one resampling: 1 - (4/3)^2 (1 - 1/2). */
START_TEST(families_count_together) {
  const double logw[4] = {log(0.25), log(0.25), log(0.25), log(0.25)};
  const uint32_t two[4] = {1, 1, 3, 3}, one[4] = {2, 2, 2, 2};
  double scratch[4];
  ck_assert_double_eq_tol(lineage_variance(logw, two, 4, 1, scratch),
                          1 - 16.0 / 9 * 0.5, 1e-15);
  ck_assert(isnan(lineage_variance(logw, one, 4, 1, scratch)));
  ck_assert(isnan(lineage_variance(logw, one, 1, 0, scratch)));
}
END_TEST

/* E V = relative variance of Z-hat for multinomial resampling: the mean over
 * 4000 populations against their own spread, whose relative error is
 * sqrt(2/4000) = .022 (six of them, and as much for the mean of V). */
START_TEST(its_mean_is_the_spread_of_many_populations) {
  struct run_result result;
  rig_result(
      "state = { real = 1; };"
      "schedule = { plugin = \"vp\"; beta_min = 2.0; beta_max = 2.0;"
      " t_min = 0.0; t_max = 1.5; };"
      "time = { steps = 20; };"
      "scores = ({ id = \"q\"; plugin = \"gaussian\"; mean = 1.0;"
      " variance = 0.5; });"
      "target = ({ score = \"q\"; power = 0.5; });"
      "path = { frame = \"noise\"; };"
      "integrators = ({ plugin = \"euler_maruyama\"; });"
      "resampler = { plugin = \"multinomial\"; ess_below = 1.0; every = 4; };"
      "start = { law = \"gaussian\"; mean = 0.22313016; variance = 1.950213; };"
      "population = { particles = 100; replicates = 4000; };",
      &result);
  double mean = 0, square = 0, v = 0;
  for (size_t r = 0; r < 4000; r++) {
    double z = exp(result.log_z_each[r] - result.log_z);
    mean += z / 4000;
    square += z * z / 4000;
    double stderr_of_one = result.lineage_stderr_each[r];
    if (!isnan(stderr_of_one)) v += stderr_of_one * stderr_of_one / 4000;
  }
  double spread = square / (mean * mean) - 1;
  ck_assert_double_gt(v, 0);
  ck_assert_double_eq_tol(v / spread, 1, 0.2);
  run_result_free(&result);
}
END_TEST

int main(void) {
  const TTest *const tests[] = {
      without_resampling_it_is_the_variance_of_the_weights,
      families_count_together,
      its_mean_is_the_spread_of_many_populations,
  };
  return RIG_SUITE("lineage", tests);
}
