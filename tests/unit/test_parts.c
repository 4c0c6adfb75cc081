/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What potentials in modes "rate" and "integral" give to the log-weight of a
 * particle, against docs/methods.md section 3 worked out from the rows of all
 * steps; and that it stays with its row. */
#include "sampler/parts.h"

#include <unistd.h>

#include "sampler_fixture.h"

enum { ROWS = 200, STEPS = 10 };

static const char *text_with(const char *integrators, const char *more) {
  static char text[4096];
  snprintf(text, sizeof text,
           "state = { real = 2; }; schedule = { plugin = \"vp\"; };"
           "time = { steps = %d; }; scores = ({ id = \"q\"; plugin = "
           "\"gaussian\"; mean = (0.5, -1.0); variance = 0.4; }); population = "
           "{ particles = %d; }; "
           "integrators = (%s); %s",
           STEPS, ROWS, integrators, more);
  return text;
}

static const char *text_of(const char *more) {
  return text_with("{ plugin = \"euler_maruyama\"; }", more);
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

/* The first has a strength that changes, the observation a phi that does; the
 * last gives all rows the same. */
#define RATES                                                        \
  "{ plugin = \"linear\"; slope = (0.3, 1.0); mode = \"rate\"; "     \
  "strength = { from = 0.3; to = 1.4; }; }, "                        \
  "{ plugin = \"quadratic\"; center = (0.3, 1.0); mode = \"rate\"; " \
  "strength = 0.7; }"
#define PATH_POTENTIALS                                                    \
  RATES                                                                    \
  ", { plugin = \"linear\"; slope = (-0.9, 0.2); mode = \"integral\"; "    \
  "strength = { from = 2.0; to = 0.4; }; }, "                              \
  "{ plugin = \"observation\"; y = [0.7]; coordinates = [0]; "             \
  "sigma = 0.5; data_variance = 0.4; mode = \"rate\"; strength = 1.2; }, " \
  "{ plugin = \"potential_constant\"; value = 1.7; mode = \"rate\"; "      \
  "strength = { from = 0.1; to = 1.3; }; }"
enum { LINEAR, QUADRATIC, INTEGRAL, OBSERVATION, CONSTANT, N_PATH };

struct seen { /* rows of all steps, none of them moved by resampling */
  double x[STEPS + 1][2 * ROWS], t[STEPS + 1];
};

static bool see(void *context, const kac_frame *frame, struct fault *fault) {
  struct seen *seen = context;
  (void)fault;
  seen->t[frame->step] = frame->t;
  for (size_t i = 0; i < ROWS; i++)
    memcpy(seen->x[frame->step] + 2 * i, kac_row(&frame->x, i),
           2 * sizeof(double));
  return true;
}

static double strength_of(size_t j, double s) {
  static const double from[] = {0.3, 0.7, 2, 1.2, 0.1};
  static const double to[] = {1.4, 0.7, 0.4, 1.2, 1.3};
  return from[j] * (1 - s) + to[j] * s;
}

/* Of y given x: 1/4, and 1/(alpha^2/sigma^2 + 1/0.4) of x_0 given x; and how it
 * changes with t. */
static double variance_at(const kac_coeffs *c, double *rate) {
  double ratio = c->alpha / c->sigma, left = 1 / (ratio * ratio + 2.5);
  double change = 2 * ratio * (c->dalpha - ratio * c->dsigma) / c->sigma;
  *rate = -left * left * change;
  return 0.25 + left;
}

static double phi_of(size_t j, const kac_coeffs *c, const double *x) {
  double dx = x[0] - 0.3, dy = x[1] - 1, off = 0.7 - x[0], unused;
  double v = variance_at(c, &unused);
  switch (j) {
    case LINEAR:
      return 0.3 * x[0] + x[1];
    case QUADRATIC:
      return -0.5 * (dx * dx + dy * dy);
    case INTEGRAL:
      return -0.9 * x[0] + 0.2 * x[1];
    case OBSERVATION:
      return -0.5 * (log(2 * acos(-1) * v) + off * off / v);
    default:
      return 1.7;
  }
}

/* grad phi . b - dphi/dt, with b of the model, whose score at t is that of
 * N(alpha m, 0.4 alpha^2 + sigma^2). */
static double flow_of(size_t j, const kac_coeffs *c, const double *x) {
  static const double mean_of_q[] = {0.5, -1};
  double total = 0.4 * c->alpha * c->alpha + c->sigma * c->sigma, b[2];
  double rate, v = variance_at(c, &rate), off = 0.7 - x[0];
  for (size_t k = 0; k < 2; k++)
    b[k] =
        -c->f * x[k] - 0.5 * c->g2 * (x[k] - c->alpha * mean_of_q[k]) / total;
  switch (j) {
    case LINEAR:
      return 0.3 * b[0] + b[1];
    case QUADRATIC:
      return -(x[0] - 0.3) * b[0] - (x[1] - 1) * b[1];
    case OBSERVATION:
      return off / v * b[0] - 0.5 * (off * off / v - 1) / v * rate;
    default:
      return 0;
  }
}

/* Row i's part of potential j. */
static double part_of(const struct spec *spec, const struct seen *seen,
                      size_t j, size_t i) {
  double sum = 0, span = seen->t[0] - seen->t[STEPS];
  for (size_t k = 0; k < STEPS; k++) {
    const double *x = seen->x[k] + 2 * i;
    double du = seen->t[k] - seen->t[k + 1];
    double now = strength_of(j, (seen->t[0] - seen->t[k]) / span);
    double next = strength_of(j, (seen->t[0] - seen->t[k + 1]) / span);
    kac_coeffs c;
    kac_error err;
    ck_assert_int_eq(path_coeffs(spec->schedule, seen->t[k], &c, &err), KAC_OK);
    double phi = phi_of(j, &c, x);
    if (j == INTEGRAL)
      sum += now * phi * du;
    else
      sum += now * flow_of(j, &c, x) * du + (next - now) * phi;
    if (j != INTEGRAL && k == 0) sum += now * phi; /* of the start */
  }
  return sum;
}

/* Starting from the model's own law, at power 1, nothing else weighs: the parts
 * are all of the log-weight. */
static void check_parts(const char *integrators) {
  static struct seen seen;
  static double part[N_PATH][ROWS], sum[ROWS];
  struct rig rig;
  struct run_result result;
  struct fault fault = {0};
  struct engine_hooks hooks = {.context = &seen, .on_frame = see};
  rig_open(&rig,
           text_with(integrators,
                     "start = { law = \"q\"; }; potentials = (" PATH_POTENTIALS
                     ");"));
  const struct spec *spec = &rig.pipeline.spec;
  ck_assert_int_eq(engine_run(spec, &hooks, &result, &fault), EXIT_DONE);
  memset(sum, 0, sizeof sum);
  for (size_t j = 0; j < N_PATH; j++)
    for (size_t i = 0; i < ROWS; i++)
      sum[i] += part[j][i] = part_of(spec, &seen, j, i);
  for (size_t i = 1; i < ROWS; i++)
    ck_assert_double_eq_tol(result.logw[i] - result.logw[0], sum[i] - sum[0],
                            1e-11);
  for (size_t j = 0; j < N_PATH; j++)
    ck_assert_double_eq_tol(result.weight_share[j],
                            covariance(part[j], sum) / covariance(sum, sum),
                            1e-11);
  ck_assert(rig_same(result.weight_share[CONSTANT], 0));
  ck_assert_double_eq_tol(result.path_share, 0, 1e-12);
  run_result_free(&result);
  rig_close(&rig);
}

START_TEST(parts_of_the_path_follow_the_formulas) {
  check_parts("{ plugin = \"euler_maruyama\"; }");
  check_parts("{ plugin = \"heun\"; }");
}
END_TEST

/* A move takes its rows' field along, parts of G among it. */
START_TEST(parts_follow_the_moves_at_fixed_time) {
  check_parts(
      "{ plugin = \"euler_maruyama\"; }, { plugin = \"mala\"; step = "
      "0.5; repeat = 2; }");
}
END_TEST

static double sum_of(const struct run_result *result, size_t n) {
  double sum = result->path_share;
  for (size_t j = 0; j < n; j++) sum += result->weight_share[j];
  return sum;
}

/* Parts move with their rows, of which copies are made at every step, or of
 * some; what resampling takes from the weights is no part. */
START_TEST(parts_stay_with_their_rows) {
  static const char *const policies[] = {"multinomial", "systematic",
                                         "partial"};
  for (size_t k = 0; k < 3; k++) {
    struct run_result result;
    char more[2048];
    snprintf(more, sizeof more,
             "start = { law = \"q\"; }; potentials = (%s); resampler = { "
             "plugin = \"%s\"; ess_below = 1.0; };",
             PATH_POTENTIALS, policies[k]);
    rig_result(text_of(more), &result);
    ck_assert_double_gt(result.resamplings, 5);
    ck_assert_double_eq_tol(result.path_share, 0, 1e-11);
    ck_assert_double_eq_tol(sum_of(&result, N_PATH), 1, 1e-12);
    ck_assert_double_gt(fabs(result.weight_share[0]), 1e-2);
    run_result_free(&result);
  }
}
END_TEST

/* Times that are tried, here by bisection, weigh nobody; a burn-in ends with
 * even weights.  All that weighs is the change of a strength. */
START_TEST(trial_times_have_no_part) {
  struct run_result result;
  rig_result(
      "state = { real = 2; }; schedule = { plugin = \"static\"; };"
      "time = { steps = 60; adapt = 0.9; }; population = { particles = "
      "200; }; integrators = ({ plugin = \"mala\"; step = 0.3; });"
      "start = { law = \"gaussian\"; burn_in = 20; };"
      "potentials = ({ plugin = \"quadratic\"; mode = \"rate\"; }, { "
      "plugin = \"linear\"; slope = (2.0, 1.0); mode = \"rate\"; "
      "strength = { from = 0.0; to = 1.0; }; });",
      &result);
  ck_assert(rig_same(result.weight_share[0], 0));
  ck_assert_double_eq_tol(result.weight_share[1], 1, 1e-12);
  ck_assert_double_eq_tol(result.path_share, 0, 1e-12);
  run_result_free(&result);
}
END_TEST

/* Where the start's density is not known exp h is its only weight. */
START_TEST(the_start_without_a_density_has_a_part) {
  struct run_result result;
  char more[2048], file[40];
  snprintf(file, sizeof file, "parts-%ld.txt", (long)getpid());
  FILE *rows = fopen(file, "w");
  ck_assert(rows != NULL && fputs("0 0\n1 2\n-1 1\n", rows) >= 0);
  ck_assert_int_eq(fclose(rows), 0);
  snprintf(more, sizeof more,
           "start = { law = \"file\"; file = \"%s\"; }; potentials = (%s);",
           file, PATH_POTENTIALS);
  rig_result(text_of(more), &result);
  remove(file);
  ck_assert_double_eq_tol(result.path_share, 0, 1e-12);
  ck_assert(rig_same(result.weight_share[CONSTANT], 0));
  run_result_free(&result);
}
END_TEST

/* A wall kills on the way; nothing of the dead is counted, nor left behind in
 * rows that are overwritten. */
START_TEST(walls_leave_shares_of_the_living) {
  struct run_result result;
  rig_result(text_of("start = { law = \"q\"; }; potentials = (" RATES
                     ", { plugin = \"box\"; lower = (-0.7, -1e9); mode = "
                     "\"rate\"; }); resampler = { plugin = \"systematic\"; };"),
             &result);
  ck_assert_uint_gt(result.activity[2].n_refused, ROWS / 8);
  ck_assert(rig_same(result.weight_share[2], 0));
  ck_assert_double_eq_tol(result.path_share, 0, 1e-12);
  ck_assert_double_eq_tol(sum_of(&result, 3), 1, 1e-12);
  run_result_free(&result);
}
END_TEST

/* A guide of a potential in the path is paid on top of its part. */
START_TEST(a_guide_of_the_path_has_both_parts) {
  struct run_result result;
  rig_result(text_of("start = { law = \"q\"; }; potentials = ({ plugin = "
                     "\"linear\"; slope = (0.3, 1.0); mode = \"integral\"; "
                     "guide = 0.3; });"),
             &result);
  ck_assert_double_eq_tol(result.weight_share[0], 1, 1e-12);
  ck_assert_double_eq_tol(result.path_share, 0, 1e-12);
  run_result_free(&result);
}
END_TEST

/* Kernels hold squares of the whole drift: no share in them for one potential;
 * an integral is a sum as ever. */
START_TEST(ratios_of_densities_have_no_parts) {
  struct run_result result;
  rig_result(
      text_of(
          "path = { weights = \"density\"; }; potentials = (" PATH_POTENTIALS
          ");"),
      &result);
  for (size_t j = 0; j < N_PATH; j++)
    ck_assert(isnan(result.weight_share[j]) == (j != INTEGRAL));
  ck_assert_double_eq_tol(result.weight_share[INTEGRAL] + result.path_share, 1,
                          1e-12);
  ck_assert_double_gt(fabs(result.path_share), 1e-2);
  run_result_free(&result);
}
END_TEST

START_TEST(all_is_the_path_s_where_no_potential_has_a_part) {
  struct run_result result;
  rig_result(
      text_of("path = { weights = \"density\"; }; potentials = (" RATES ");"),
      &result);
  ck_assert(isnan(result.weight_share[0]));
  ck_assert_double_eq_tol(result.path_share, 1, 1e-12);
  run_result_free(&result);
}
END_TEST

/* At rest nothing moves by a kernel: weights from densities are the change of
 * lambda phi and no ratio, as those of "rate" are. */
START_TEST(a_ladder_at_rest_has_parts_in_either_weights) {
  static const char *const weights[] = {"rate", "density"};
  double log_z[2];
  for (size_t k = 0; k < 2; k++) {
    struct run_result result;
    char text[1024];
    snprintf(text, sizeof text,
             "state = { real = 2; }; schedule = { plugin = \"static\"; };"
             "time = { steps = 6; }; scores = ({ id = \"a\"; plugin = "
             "\"gaussian\"; }); start = { law = \"a\"; };"
             "integrators = ({ plugin = \"mala\"; step = 0.3; });"
             "potentials = ({ plugin = \"quadratic\"; stiffness = 2.0; mode = "
             "\"rate\"; strength = { from = 0.0; to = 1.0; }; });"
             "path = { weights = \"%s\"; };"
             "population = { particles = 200; };",
             weights[k]);
    rig_result(text, &result);
    ck_assert_double_eq_tol(result.weight_share[0], 1, 1e-12);
    ck_assert_double_eq_tol(result.path_share, 0, 1e-12);
    log_z[k] = result.log_z;
    run_result_free(&result);
  }
  ck_assert(rig_same(log_z[0], log_z[1]));
}
END_TEST

/* Nor has a path without weights, but for the integral. */
START_TEST(a_path_without_weights_has_the_integral) {
  struct run_result result;
  rig_result(
      text_of("path = { weights = \"off\"; }; potentials = (" PATH_POTENTIALS
              ");"),
      &result);
  for (size_t j = 0; j < N_PATH; j++)
    ck_assert_double_eq_tol(result.weight_share[j], j == INTEGRAL, 1e-12);
  ck_assert(rig_same(result.weight_share[0], 0));
  ck_assert_double_eq_tol(result.path_share, 0, 1e-12);
  run_result_free(&result);
}
END_TEST

int main(void) {
  const TTest *const tests[] = {
      parts_of_the_path_follow_the_formulas,
      parts_follow_the_moves_at_fixed_time,
      parts_stay_with_their_rows,
      trial_times_have_no_part,
      the_start_without_a_density_has_a_part,
      walls_leave_shares_of_the_living,
      a_guide_of_the_path_has_both_parts,
      ratios_of_densities_have_no_parts,
      all_is_the_path_s_where_no_potential_has_a_part,
      a_ladder_at_rest_has_parts_in_either_weights,
      a_path_without_weights_has_the_integral,
  };
  return RIG_SUITE("parts", tests);
}
