/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When twists look, where, and what they are told: steps and windows, x and
 * x0hat, draws around it, the point of the last look, the end. */
#include "twist_fixture.h"

START_TEST(steps_are_numbered_from_one_and_the_end_is_always_looked_at) {
  struct bench bench;
  double lambda = 0;
  bench_open(&bench, &(struct twists){{"current"}, 1, "at_steps = [7, 2];"});
  make(9, 0);
  double sum[ROWS] = {0};
  for (size_t k = 1; k <= STEPS; k++) {
    lambda = bench_step(&bench, k, phi[k], NULL);
    for (size_t i = 0; i < ROWS; i++) {
      if (k == 2 || k == 7) sum[i] += lambda * phi[k][i];
      if (k == STEPS) sum[i] = lambda * phi[k][i];
      ck_assert_double_eq_tol(bench.logw[i], sum[i], 1e-12);
    }
  }
  rig_close(&bench.rig);
}
END_TEST

START_TEST(a_guide_keeps_to_its_steps) {
  struct bench bench;
  double shift[ROWS];
  bench_open(&bench, &(struct twists){{"guide"}, 1, "at_steps = [4];"});
  make(12, 0);
  for (size_t k = 0; k < STEPS; k++) {
    struct site site = rig_site(&bench.rig, 0, ROWS);
    struct path_point at;
    bool any;
    site.step = k;
    memset(shift, 0, sizeof shift);
    ck_assert(path_at(&site, bench.rig.pipeline.spec.t[k], &at));
    ck_assert(bench_guide(&bench, &site, &at, phi[0], phi[1], shift, &any));
    ck_assert(any == (k == 3));
    ck_assert(rig_same(shift[0], k == 3 ? 0.3 : 0.0));
  }
  rig_close(&bench.rig);
}
END_TEST

START_TEST(every_and_window_choose_the_grid_times) {
  struct bench bench;
  double lambda;
  bench_open(&bench, &(struct twists){
                         {"current"}, 1, "every = 3; window = [0.25, 0.75];"});
  make(9, 0);
  double sum[ROWS] = {0};
  for (size_t k = 1; k < STEPS; k++) {
    lambda = bench_step(&bench, k, phi[k], NULL);
    for (size_t i = 0; i < ROWS; i++) {
      if (k == 3 || k == 6 || k == 9) sum[i] += lambda * phi[k][i];
      ck_assert_double_eq_tol(bench.logw[i], sum[i], 1e-12);
    }
  }
  rig_close(&bench.rig);
}
END_TEST

START_TEST(x0hat_is_looked_at_on_the_way_and_x_at_the_end) {
  struct bench bench;
  static double x[ROWS];
  bench_open(&bench, &(struct twists){{"difference"}, 1, "at = \"x0hat\";"});
  const struct spec *spec = &bench.rig.pipeline.spec;
  ck_assert(twist_needs_x0(spec));
  ck_assert(twist_needs_field(spec, 1));
  ck_assert(!twist_needs_field(spec, STEPS));
  make(10, 0);
  for (size_t i = 0; i < ROWS; i++) x[i] = 50 + (double)i;
  bench_step(&bench, 1, x, phi[1]);
  for (size_t i = 0; i < ROWS; i++)
    ck_assert(rig_same(bench.logw[i], phi[1][i]));
  bench_step(&bench, STEPS, x, phi[1]);
  for (size_t i = 0; i < ROWS; i++)
    ck_assert_double_eq_tol(bench.logw[i], x[i], 1e-12);
  rig_close(&bench.rig);
}
END_TEST

/* methods.md section 4 as it stands, for phi(x) = x. */
static double mean_of_exp(const double *x0hat, const double (*z)[ROWS],
                          size_t n, double lambda, double s, size_t i) {
  double sum = 0;
  for (size_t k = 0; k < n; k++)
    sum += exp(lambda * (x0hat[i] + s * z[k][i])) / (double)n;
  return log(sum);
}

START_TEST(samples_average_the_exponential_around_x0hat) {
  enum { DRAWS = 5 };
  for (int own = 0; own < 2; own++) {
    struct bench bench;
    double z[DRAWS][ROWS], before[ROWS];
    static const char *const keys[] = {
        RAMP
        "at = \"x0hat\"; samples = 5; }); path = { sigma_data = 1.7; }; "
        "observers = ({ plugin = \"moments\";",
        RAMP "at = \"x0hat\"; samples = 5; spread = 0.3;"};
    bench_open(&bench, &(struct twists){{"difference"}, 1, keys[own]});
    struct site site = rig_site(&bench.rig, 0, ROWS);
    struct path_point at;
    ck_assert(path_at(&site, bench.rig.pipeline.spec.t[4], &at));
    make(31, 0);
    memcpy(before, bench.logw, sizeof before);
    double lambda = bench_step(&bench, 4, phi[0], phi[4]);
    double a = at.c.alpha, sigma = at.c.sigma;
    double s = own ? 0.3 : 1.7 * sigma / sqrt(2.89 * a * a + sigma * sigma);
    for (uint32_t k = 0; k < DRAWS; k++)
      call_normal(&site, USE_REWARD, k, z[k], 1, 1);
    for (size_t i = 0; i < ROWS; i++)
      ck_assert_double_eq_tol(
          bench.logw[i] - before[i],
          mean_of_exp(phi[4], (const double(*)[ROWS])z, DRAWS, lambda, s, i),
          1e-12);
    lambda = bench_step(&bench, STEPS, phi[STEPS], phi[1]);
    for (size_t i = 0; i < ROWS; i++)
      ck_assert_double_eq_tol(bench.logw[i], lambda * phi[STEPS][i], 1e-12);
    rig_close(&bench.rig);
  }
}
END_TEST

/* Verdicts among the draws count as zeros; all of them are a verdict. */
START_TEST(samples_beyond_a_wall_count_as_zeros) {
  struct rig rig;
  double row[3 * ROWS], logw[ROWS] = {0}, z[2][ROWS];
  const double x0hat[ROWS] = {0};
  rig_open(&rig,
           "state = { real = 1; }; schedule = { plugin = \"vp\"; };"
           "time = { steps = 12; }; scores = ({ plugin = \"gaussian\"; });"
           "integrators = ({ plugin = \"euler_maruyama\"; });"
           "potentials = ({ plugin = \"box\"; lower = 0.0; samples = 2; "
           "spread = 1.0; at = \"x0hat\"; }); population = { particles = 16; "
           "};");
  struct site site = rig_site(&rig, 0, ROWS);
  struct path_point at;
  ck_assert(path_at(&site, rig.pipeline.spec.t[3], &at));
  twist_start(&rig.pipeline.spec, ROWS, row);
  ck_assert(twist_update(&site, 3, &at, x0hat, x0hat, row, logw));
  for (uint32_t k = 0; k < 2; k++)
    call_normal(&site, USE_REWARD, k, z[k], 1, 1);
  for (size_t i = 0; i < ROWS; i++)
    ck_assert_double_eq_tol(exp(logw[i]),
                            0.5 * ((z[0][i] >= 0) + (z[1][i] >= 0)), 1e-15);
  rig_close(&rig);
}
END_TEST

/* A config text around one potential of memories.so. */
static const char *remembering(const char *name, const char *keys) {
  static char text[2048];
  const char *dir = getenv("KAC_FIXTURES");
  ck_assert_msg(dir != NULL, "KAC_FIXTURES is not set");
  snprintf(text, sizeof text,
           "state = { real = 1; }; schedule = { plugin = \"vp\"; };"
           "time = { steps = %d; }; scores = ({ plugin = \"gaussian\"; });"
           "integrators = ({ plugin = \"euler_maruyama\"; });"
           "potentials = ({ plugin = \"%s/potential/memories.so:%s\"; %s });"
           "population = { particles = %d; };",
           STEPS, dir, name, keys, ROWS);
  return text;
}

/* phi = -(x - x_prev)^2/2, where points count that it was shown: x0hat on the
 * way, x at the end. */
START_TEST(the_previous_point_is_that_of_the_last_look) {
  struct bench bench;
  double row[ROWS * 5], logw[ROWS] = {0}, last[ROWS] = {0};
  rig_open(&bench.rig,
           remembering("last_move", "at_steps = [2, 5, 6]; at = \"x0hat\";"));
  const struct spec *spec = &bench.rig.pipeline.spec;
  ck_assert_uint_eq(twist_size(spec), 5);
  twist_start(spec, ROWS, row);
  make(21, 0);
  for (size_t k = 1; k <= STEPS; k++) {
    struct site site = rig_site(&bench.rig, 0, ROWS);
    struct path_point at;
    const double *x = phi[k], *x0hat = phi[k - 1];
    bool is_look = k == 2 || k == 5 || k == 6 || k == STEPS;
    ck_assert(path_at(&site, spec->t[k], &at));
    ck_assert(twist_update(&site, k, &at, x, x0hat, row, logw));
    for (size_t i = 0; is_look && i < ROWS; i++) {
      double point = k == STEPS ? x[i] : x0hat[i], off = point - last[i];
      double expected = k == 2 ? 0 : -0.5 * off * off;
      ck_assert_double_eq_tol(logw[i], expected, 1e-14);
      last[i] = point;
      if (k == STEPS) ck_assert(rig_same(row[5 * i + 1], expected));
    }
  }
  rig_close(&bench.rig);
}
END_TEST

/* phi of the result is what the weight was made of, also where it cannot be
 * asked for again. */
START_TEST(phi_of_the_end_is_that_of_the_weight) {
  struct run_result result;
  rig_result(remembering("running_max",
                         "strength = 0.5; }); path = { weights "
                         "= \"off\"; }; observers = ({ plugin "
                         "= \"moments\";"),
             &result);
  for (size_t i = 1; i < ROWS; i++)
    ck_assert_double_eq_tol(result.logw[i] - result.logw[0],
                            0.5 * (result.phi[i] - result.phi[0]), 1e-13);
  run_result_free(&result);
}
END_TEST

/* Not zero, not least, not skipped. */
START_TEST(a_reward_that_is_not_a_number_stops_the_run) {
  struct run_result result;
  struct fault fault = {0};
  const char *text =
      "state = { real = 1; }; schedule = { plugin = \"vp\"; };"
      "time = { steps = 4; }; scores = ({ plugin = \"gaussian\"; });"
      "integrators = ({ plugin = \"euler_maruyama\"; });"
      "potentials = ({ plugin = \"nan_potential\"; row = 5; });"
      "population = { particles = 16; };";
  ck_assert_int_eq(rig_run(text, &result, &fault), EXIT_NUMERIC);
  ck_assert_msg(strstr(fault.text,
                       "phi is NaN (expected a finite number or -inf) at step "
                       "1, replicate 0, "
                       "particle 5") != NULL,
                "%s", fault.text);
  run_result_free(&result);
}
END_TEST

/* -inf would become +inf: in every mode, at the start as at a step. */
START_TEST(a_verdict_times_a_negative_strength_stops_the_run) {
  static const struct {
    const char *mode, *where;
  } modes[] = {{"difference", "step 1"},
               {"final", "step 4"},
               {"rate", "the start"},
               {"integral", "the start"}};
  for (size_t i = 0; i < 4; i++) {
    struct run_result result;
    struct fault fault = {0};
    char text[600], expected[200];
    snprintf(text, sizeof text,
             "state = { real = 1; }; schedule = { plugin = \"vp\"; };"
             "time = { steps = 4; }; scores = ({ plugin = \"gaussian\"; });"
             "integrators = ({ plugin = \"euler_maruyama\"; });"
             "potentials = ({ plugin = \"box\"; lower = 0.0; strength = -1.0; "
             "mode = \"%s\"; }); population = { particles = 64; };",
             modes[i].mode);
    snprintf(expected, sizeof expected,
             "phi, which a negative strength multiplies, is -inf (expected a "
             "finite number) at %s, replicate 0, particle ",
             modes[i].where);
    ck_assert_int_eq(rig_run(text, &result, &fault), EXIT_NUMERIC);
    ck_assert_msg(strstr(fault.text, expected) != NULL, "%s: %s", modes[i].mode,
                  fault.text);
    run_result_free(&result);
  }
}
END_TEST

int main(void) {
  const TTest *const tests[] = {
      steps_are_numbered_from_one_and_the_end_is_always_looked_at,
      a_guide_keeps_to_its_steps,
      every_and_window_choose_the_grid_times,
      x0hat_is_looked_at_on_the_way_and_x_at_the_end,
      samples_average_the_exponential_around_x0hat,
      samples_beyond_a_wall_count_as_zeros,
      the_previous_point_is_that_of_the_last_look,
      phi_of_the_end_is_that_of_the_weight,
      a_reward_that_is_not_a_number_stops_the_run,
      a_verdict_times_a_negative_strength_stops_the_run,
  };
  return RIG_SUITE("looks", tests);
}
