/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The error bar from the lineage against closed forms and against the spread
 * of many populations. */
#include <kac/sdk.h>

#include "cli/observe.h"
#include "output/outputs.h"
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
  ck_assert_double_eq_tol(lineage_variance(logw, two, 4, log(4.0 / 3), scratch),
                          1 - 16.0 / 9 * 0.5, 1e-15);
  ck_assert(isnan(lineage_variance(logw, one, 4, 0, scratch)));
  ck_assert(isnan(lineage_variance(logw, one, 1, 0, scratch)));
}
END_TEST

/* Of three pairs of {0, 0, 2} two are distinct; of one family none. */
START_TEST(distinct_pairs_are_counted_without_repetition) {
  const uint32_t some[3] = {0, 0, 2}, own[3] = {0, 1, 2}, one[3] = {1, 1, 1};
  const double alive[3] = {0, 0, 0}, dead[3] = {0, -KAC_INF, -KAC_INF};
  double scratch[3];
  struct lineage_count count = lineage_count(alive, some, 3, scratch);
  ck_assert_double_eq_tol(count.diversity, 2.0 / 3, 1e-15);
  ck_assert(rig_same(count.unique, 2));
  ck_assert(rig_same(lineage_count(alive, own, 3, scratch).diversity, 1));
  ck_assert(rig_same(lineage_count(alive, one, 3, scratch).diversity, 0));
  ck_assert(isnan(lineage_count(alive, one, 1, scratch).diversity));
  count = lineage_count(dead, own, 3, scratch); /* the dead have no say */
  ck_assert(rig_same(count.unique, 1) && isnan(count.diversity));
}
END_TEST

static bool pass_on(void *context, const kac_frame *frame,
                    struct fault *fault) {
  return observe_record(context, frame, fault);
}

static double told(const struct host_outputs *outputs, const char *key) {
  size_t n;
  const struct host_outputs_result *result = outputs_results(outputs, &n);
  for (size_t i = 0; i < n; i++)
    if (strcmp(result[i].key, key) == 0) return result[i].value[0];
  ck_abort_msg("no result %s", key);
}

/* The two errors of a mean that moments reports, over 1500 replicates and from
 * their lineages, have the same expectation up to 1/N (multinomial): their
 * ratio has a standard error of about 1/sqrt(3000) and a bit. */
START_TEST(both_errors_of_a_mean_agree) {
  struct rig rig;
  struct run_result result;
  struct fault fault = {0};
  struct host_outputs *outputs = outputs_open(NULL, false, &fault);
  const char *text =
      "state = { real = 1; };"
      "schedule = { plugin = \"vp\"; beta_min = 2.0; beta_max = 2.0;"
      "             t_max = 1.5; };"
      "time = { steps = 8; }; scores = ({ plugin = \"gaussian\"; });"
      "potentials = ({ plugin = \"linear\"; slope = 0.5; at = \"x0hat\"; });"
      "integrators = ({ plugin = \"euler_maruyama\"; });"
      "resampler = { plugin = \"multinomial\"; ess_below = 1.0; };"
      "observers = ({ plugin = \"moments\"; });"
      "population = { particles = 200; replicates = 1500; };";
  ck_assert_msg(rig_check(&rig, text), "%s", diag_text(rig.diag));
  ck_assert(pipeline_create(&rig.pipeline, outputs, rig.diag));
  const struct spec *spec = &rig.pipeline.spec;
  struct engine_hooks hooks = {.context = &rig.pipeline.spec,
                               .on_frame = pass_on};
  ck_assert(observe_begin(spec, &fault));
  ck_assert_int_eq(engine_run(spec, &hooks, &result, &fault), EXIT_DONE);
  double ratio = told(outputs, "mean_err_lineage") / told(outputs, "mean_err");
  ck_assert_double_eq_tol(ratio, 1, 6 / sqrt(3000));
  run_result_free(&result);
  rig_close(&rig);
  outputs_close(outputs);
}
END_TEST

/* The mean of V against the spread of 4000 populations. */
static double ratio_to_spread(const char *resampler) {
  struct run_result result;
  char text[1024];
  snprintf(text, sizeof text,
           "state = { real = 1; };"
           "schedule = { plugin = \"vp\"; beta_min = 2.0; beta_max = 2.0;"
           " t_min = 0.0; t_max = 1.5; };"
           "time = { steps = 20; };"
           "scores = ({ id = \"q\"; plugin = \"gaussian\"; mean = 1.0;"
           " variance = 0.5; });"
           "target = ({ score = \"q\"; power = 0.5; });"
           "path = { frame = \"noise\"; };"
           "integrators = ({ plugin = \"euler_maruyama\"; });"
           "resampler = { plugin = %s };"
           "start = { law = \"gaussian\"; mean = 0.22313016;"
           " variance = 1.950213; };"
           "population = { particles = 100; replicates = 4000; };",
           resampler);
  rig_result(text, &result);
  double mean = 0, square = 0, v = 0;
  for (size_t r = 0; r < 4000; r++) {
    double z = exp(result.log_z_each[r] - result.log_z);
    mean += z / 4000;
    square += z * z / 4000;
    v += result.lineage_variance_each[r] / 4000;
  }
  run_result_free(&result);
  return v / (square / (mean * mean) - 1);
}

/* E V = relative variance of Z-hat for multinomial resampling.  The spread has
 * a relative error of sqrt(2/4000) = .022: six of them, and as much for the
 * mean of V.  For the others V misses that copies of different parents do not
 * vary alike: most of the spread, not more; without counting the pairs V is
 * negative for these two. */
START_TEST(its_mean_is_the_spread_of_many_populations) {
  static const struct {
    const char *resampler;
    double least, most;
  } cases[] = {
      {"\"multinomial\"; ess_below = 1.0; every = 4;", 0.8, 1.2},
      {"\"systematic\"; ess_below = 1.0; every = 4;", 0.5, 1.05},
      {"\"ssp\"; ess_below = 0.9;", 0.7, 1.05},
  };
  double ratio = ratio_to_spread(cases[_i].resampler);
  ck_assert_double_ge(ratio, cases[_i].least);
  ck_assert_double_le(ratio, cases[_i].most);
}
END_TEST

int main(void) {
  const TTest *const tests[] = {
      without_resampling_it_is_the_variance_of_the_weights,
      families_count_together,
      distinct_pairs_are_counted_without_repetition,
      both_errors_of_a_mean_agree,
  };
  const struct rig_loop loops[] = {
      {its_mean_is_the_spread_of_many_populations, 3}};
  return rig_suite("lineage", tests, sizeof tests / sizeof *tests, loops,
                   sizeof loops / sizeof *loops);
}
