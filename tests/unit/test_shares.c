/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shares of the variance of the log-weight against their definition, and how
 * often potentials acted. */
#include "sampler/shares.h"

#include "sampler_fixture.h"

enum { ROWS = 200 };

static const char *text_of(const char *more) {
  static char text[4096];
  snprintf(text, sizeof text,
           "state = { real = 2; }; schedule = { plugin = \"vp\"; };"
           "time = { steps = 10; }; scores = ({ id = \"q\"; plugin = "
           "\"gaussian\"; }); population = { particles = %d; }; "
           "integrators = ({ plugin = \"euler_maruyama\"; }); %s",
           ROWS, more);
  return text;
}

static double mean(const double *a) {
  double sum = 0;
  for (size_t i = 0; i < ROWS; i++) sum += a[i] / ROWS;
  return sum;
}

static double covariance(const double *a, const double *b) {
  double sum = 0, of_a = mean(a), of_b = mean(b);
  for (size_t i = 0; i < ROWS; i++) sum += (a[i] - of_a) * (b[i] - of_b) / ROWS;
  return sum;
}

/* Without resampling L is log w itself and c_j is strength times phi. */
START_TEST(shares_are_covariances_over_the_variance) {
  struct run_result result;
  double part[ROWS];
  rig_result(text_of("target = ({ score = \"q\"; power = 1.5; }); path = { "
                     "frame = \"noise\"; };"
                     "potentials = ({ plugin = \"linear\"; slope = (0.3, 1.0); "
                     "strength = 0.8; }, { plugin = \"quadratic\"; mode = "
                     "\"final\"; });"),
             &result);
  double sum = result.path_share;
  for (size_t j = 0; j < 2; j++) {
    for (size_t i = 0; i < ROWS; i++)
      part[i] = (j == 0 ? 0.8 : 1) * result.phi[2 * i + j];
    double exact =
        covariance(part, result.logw) / covariance(result.logw, result.logw);
    ck_assert_double_eq_tol(result.weight_share[j], exact, 1e-10);
    sum += result.weight_share[j];
  }
  ck_assert_double_eq_tol(sum, 1, 1e-12);
  ck_assert_double_gt(fabs(result.path_share), 1e-3);
  run_result_free(&result);
}
END_TEST

/* Guides weigh as well: they are all that does but for the start's density, and
 * two of them, far apart in strength, are told apart. */
START_TEST(guides_have_shares) {
  struct run_result result;
  rig_result(text_of("potentials = ({ plugin = \"quadratic\"; center = (0.3, "
                     "1.0); mode = \"guide\"; guide = 0.1; }, { plugin = "
                     "\"quadratic\"; center = (2.0, 1.0); mode = \"guide\"; });"
                     "resampler = { plugin = \"systematic\"; };"),
             &result);
  const double *share = result.weight_share;
  ck_assert_double_eq_tol(share[0] + share[1], 1, 1e-5);
  ck_assert_double_eq_tol(result.path_share, 0, 1e-5);
  ck_assert_double_gt(share[1], 0.8);
  run_result_free(&result);
}
END_TEST

/* What the difference gives the guide has taken: together they leave little,
 * and the start's density a millionth of that. */
START_TEST(a_guided_potential_has_both_parts) {
  struct run_result result;
  rig_result(text_of("potentials = ({ plugin = \"linear\"; slope = (0.3, 1.0); "
                     "guide = 1.0; });"),
             &result);
  ck_assert_double_eq_tol(result.weight_share[0], 1, 1e-4);
  ck_assert_double_eq_tol(result.path_share, 0, 1e-4);
  run_result_free(&result);
}
END_TEST

/* What resampling does to the weights is no one's share: a potential that is
 * the only one to weigh has all of it. */
START_TEST(resampling_takes_no_share) {
  struct run_result result;
  rig_result(text_of("potentials = ({ plugin = \"linear\"; slope = (0.3, 1.0); "
                     "mode = \"current\"; every = 3; });"
                     "path = { weights = \"off\"; }; resampler = { plugin = "
                     "\"multinomial\"; ess_below = 1.0; };"),
             &result);
  ck_assert_double_gt(result.resamplings, 5);
  ck_assert_double_eq_tol(result.weight_share[0], 1, 1e-12);
  ck_assert_double_eq_tol(result.path_share, 0, 1e-12);
  ck_assert_uint_eq(result.activity[0].n_looked, 4 * ROWS);
  ck_assert_uint_eq(result.activity[0].n_acted, 4 * ROWS);
  run_result_free(&result);
}
END_TEST

/* Two looks on the way and the end; the wall is met by none. */
START_TEST(acts_are_changes_of_a_weight_or_a_move) {
  struct run_result result;
  rig_result(
      text_of("potentials = ({ plugin = \"box\"; lower = -1e9; at_steps = "
              "[2, 5]; }, { plugin = \"linear\"; slope = 1.0; mode = "
              "\"rate\"; strength = 0.0; }, { plugin = \"linear\"; "
              "slope = 1.0; mode = \"guide\"; at_steps = [3, 4]; }, { "
              "plugin = \"box\"; lower = -1e9; mode = \"integral\"; });"),
      &result);
  static const uint64_t looked[] = {3, 11, 2, 11}, acted[] = {0, 0, 2, 0};
  for (size_t j = 0; j < 4; j++) {
    bool is_path = j == 1 || j == 3; /* and the start's density asks too */
    uint64_t most = (looked[j] + is_path) * ROWS, two = is_path ? 2 : 0;
    ck_assert_uint_le(result.activity[j].n_looked, most);
    ck_assert_uint_ge(result.activity[j].n_looked, most - two * ROWS);
    ck_assert_uint_eq(result.activity[j].n_acted, acted[j] * ROWS);
    ck_assert(j % 2 == 0 || rig_same(result.weight_share[j], 0));
  }
  run_result_free(&result);
}
END_TEST

/* A draw is an evaluation: three at each of two looks and one at the end. */
START_TEST(every_evaluation_of_a_reward_is_counted) {
  struct rig rig;
  struct run_result result;
  struct fault fault = {0};
  rig_open(
      &rig,
      text_of("potentials = ({ any_of = ({ plugin = \"box\"; }, { plugin = "
              "\"linear\"; slope = 1.0; }); at = \"x0hat\"; at_steps = [2, "
              "5]; samples = 3; });"));
  const struct spec *spec = &rig.pipeline.spec;
  ck_assert_int_eq(engine_run(spec, NULL, &result, &fault), EXIT_DONE);
  for (size_t i = 0; i < spec->n_instances; i++)
    if (spec->instances[i]->component->kind == KAC_POTENTIAL)
      ck_assert_uint_eq(result.calls[i], 7 * ROWS);
  ck_assert_uint_eq(result.activity[0].n_looked, 3 * ROWS);
  run_result_free(&result);
  rig_close(&rig);
}
END_TEST

/* Dead at a look on the way, though the end, which alone counts, would have
 * been good: all of them. */
START_TEST(a_verdict_that_the_end_takes_back_is_counted) {
  struct run_result result;
  struct fault fault = {0};
  ck_assert_int_eq(
      rig_run(text_of("potentials = ({ plugin = \"box\"; lower = (0.0, -1e9); "
                      "at_steps = [2]; });"),
              &result, &fault),
      EXIT_DONE);
  ck_assert_uint_gt(result.n_revived, 0);
  ck_assert_uint_le(result.n_revived, result.n_died);
  run_result_free(&result);
}
END_TEST

int main(void) {
  const TTest *const tests[] = {
      shares_are_covariances_over_the_variance,
      guides_have_shares,
      a_guided_potential_has_both_parts,
      resampling_takes_no_share,
      acts_are_changes_of_a_weight_or_a_move,
      every_evaluation_of_a_reward_is_counted,
      a_verdict_that_the_end_takes_back_is_counted,
  };
  return RIG_SUITE("shares", tests);
}
