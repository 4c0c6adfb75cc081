/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The oracles against each other and against independent numbers: closed
 * forms, a published table worked out elsewhere, quadrature by two rules. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "oracle.h"

static const struct oracle_mixture mixture_a = {
    2, {0.3, 0.7}, {-3, 2}, {1, 0.3}};
static const struct oracle_mixture mixture_b = {
    2, {0.5, 0.5}, {-2, 1}, {0.8, 0.6}};

static struct oracle_term gaussian(double mean, double var, double power) {
  return (struct oracle_term){{1, {1}, {mean}, {var}}, {power, power}};
}

static void is_law(struct oracle_law law, double z, double mean, double var,
                   double tolerance) {
  ck_assert_double_eq_tol(exp(law.log_z), z, tolerance);
  ck_assert_double_eq_tol(law.mean, mean, tolerance);
  ck_assert_double_eq_tol(law.var, var, tolerance);
}

static void agree(struct oracle_law a, struct oracle_law b, double tolerance) {
  ck_assert_double_eq_tol(a.log_z, b.log_z, tolerance);
  ck_assert_double_eq_tol(a.mean, b.mean, tolerance);
  ck_assert_double_eq_tol(a.var, b.var, tolerance);
}

START_TEST(annealed_gaussians_have_the_published_answer) {
  struct oracle_grid grid = oracle_grid_vp(2, 0, 1.5, 40);
  struct oracle_path s1 = {
      .grid = &grid, .term = {gaussian(1, 0.5, 0.5)}, .n_terms = 1, .zeta2 = 1};
  is_law(oracle_gaussian(&s1, 1), 0.8531815163, 0.9934714715, 1.0631718, 5e-8);
  agree(oracle_gaussian(&s1, 1), oracle_operator(&s1, 1), 1e-10);
  agree(oracle_gaussian(&s1, 2), oracle_operator(&s1, 2), 1e-10);
  s1.term[0] = gaussian(1, 0.5, 1);
  struct oracle_law law = oracle_gaussian(&s1, 1);
  is_law(law, 1, 0.9935926331, 0.5319583932, 1e-10);
  ck_assert_double_eq_tol(law.log_z, 0, 1e-15);
  oracle_grid_free(&grid);
  grid = oracle_grid_vp(2, 0, 0.5, 40);
  struct oracle_path s2 = {
      .grid = &grid, .term = {gaussian(0.5, 2, 1.5)}, .n_terms = 1, .zeta2 = 1};
  is_law(oracle_gaussian(&s2, 1), 0.9104261658, 0.4988159847, 1.3288225, 5e-8);
  agree(oracle_gaussian(&s2, 1), oracle_operator(&s2, 1), 1e-10);
  oracle_grid_free(&grid);
}
END_TEST

START_TEST(a_tilted_gaussian_has_the_published_answer) {
  struct oracle_grid grid = oracle_grid_vp(2, 0, 1.5, 40);
  struct oracle_path s5 = {.grid = &grid,
                           .term = {gaussian(0.5, 0.7, 1)},
                           .n_terms = 1,
                           .zeta2 = 1,
                           .reward = {REWARD_RATE, 1, 1.0 / 3, {0, 1}}};
  is_law(oracle_gaussian(&s5, 1), 0.8650396307, 0.5930806686, 0.5926660839,
         1e-9);
  agree(oracle_gaussian(&s5, 1), oracle_operator(&s5, 1), 1e-10);
  is_law(oracle_quadrature(&s5, 40), 0.8705378419, 0.5945945946, 0.5675675676,
         1e-9);
  s5.reward.kind = REWARD_FULL;
  is_law(oracle_gaussian(&s5, 1), 0.8720889774, 0.5948855234, 0.5893710052,
         1e-9);
  oracle_grid_free(&grid);
}
END_TEST

/* Continuum: E exp(-l^2/2 int_0^T B^2) = cosh(l T)^(-1/2) (Cameron, Martin). */
START_TEST(a_killed_brownian_motion_has_the_published_answer) {
  struct oracle_grid grid = oracle_grid_brownian(2, 100);
  struct oracle_path s12 = {.grid = &grid,
                            .zeta2 = 1,
                            .start = START_PLAIN,
                            .reward = {REWARD_INTEGRAL, 0, 2.25, {1, 1}}};
  double z = exp(oracle_gaussian(&s12, 1).log_z);
  ck_assert_double_eq_tol(z, 0.3175595304967, 1e-12);
  oracle_grid_free(&grid);
  double exact = 1 / sqrt(cosh(3)), error = fabs(z - exact);
  ck_assert_double_eq_tol(exact, 0.3151633345099, 1e-12);
  grid = oracle_grid_brownian(2, 200); /* first order */
  ck_assert_double_eq_tol(
      fabs(exp(oracle_gaussian(&s12, 1).log_z) - exact) / error, 0.5, 0.02);
  oracle_grid_free(&grid);
}
END_TEST

START_TEST(a_stiffening_spring_has_the_published_answer) {
  struct oracle_grid grid = oracle_grid_static(1, 50);
  struct oracle_path s14 = {.grid = &grid,
                            .term = {gaussian(0, 1, 1)},
                            .n_terms = 1,
                            .start = START_PATH,
                            .langevin = 0.02,
                            .is_langevin_old = true};
  s14.term[0].power.to = 4;
  double level = 1.5 * log(2 * ORACLE_PI); /* exp(-E) is q sqrt(2 pi) */
  struct oracle_law old = oracle_gaussian(&s14, 1);
  s14.is_langevin_old = false;
  struct oracle_law new = oracle_gaussian(&s14, 1);
  ck_assert_double_eq_tol(exp(old.log_z + level), 0.4910301492, 1e-9);
  ck_assert_double_eq_tol(old.var, 0.2623747775, 1e-9);
  ck_assert_double_eq_tol(exp(new.log_z + level), 0.4959861882, 1e-9);
  ck_assert_double_eq_tol(new.var, 0.2586504556, 1e-9);
  oracle_grid_free(&grid);
}
END_TEST

/* Weight moments by brute force: one step, one Gaussian integral. */
START_TEST(weight_moments_are_those_of_one_step) {
  struct oracle_grid grid = oracle_grid_vp(2, 0.2, 0.5, 1);
  struct oracle_path path = {
      .grid = &grid, .term = {gaussian(1, 0.5, 0.5)}, .n_terms = 1, .zeta2 = 1};
  double a = grid.alpha[0], v = a * a * 0.5 + grid.sigma[0] * grid.sigma[0];
  double du = 0.3, sum[3] = {0}, h = 1e-3;
  for (double x = -15; x < 15; x += h) { /* pi is N(a, 2 v) */
    double s = -(x - a) / v, g = (0.5 - 1) * -1 + 0.5 * -0.5 * s * s;
    double p = exp(-0.25 * (x - a) * (x - a) / v) / sqrt(4 * ORACLE_PI * v) * h;
    for (int k = 0; k < 3; k++) sum[k] += p * exp((k + 1) * g * du);
  }
  for (int k = 0; k < 3; k++)
    ck_assert_double_eq_tol(oracle_gaussian(&path, k + 1).log_z, log(sum[k]),
                            1e-10);
  oracle_grid_free(&grid);
}
END_TEST

static struct oracle_path composed(const struct oracle_grid *grid, int row) {
  struct oracle_path path = {.grid = grid, .zeta2 = row == 3 ? 3 : 1};
  double power_a = row < 3 ? 2 : 1, power_b = row == 2 ? -1 : 1;
  path.term[0] = (struct oracle_term){mixture_a, {power_a, power_a}};
  path.term[1] = (struct oracle_term){mixture_b, {power_b, power_b}};
  path.n_terms = row == 2 || row == 3 ? 2 : 1;
  if (row == 4)
    path.reward = (struct oracle_reward){REWARD_RATE, 1, 1, {0, 0.999}};
  return path;
}

/* Mean, variance and change of log Z from t = 1 to 0.001; the strength of G4
 * is u, which ends at 0.999. */
START_TEST(composed_mixtures_have_the_published_quadratures) {
  static const double published[4][3] = {{1.543, 2.259, 2.315},
                                         {0.776, 8.930, 1.475},
                                         {0.490, 3.710, 1.460},
                                         {1.744, 0.304, -0.863}};
  struct oracle_grid grid = oracle_grid_ve(0.02, 10, 0.001, 1, 200);
  for (int row = 1; row <= 4; row++) {
    struct oracle_path path = composed(&grid, row);
    struct oracle_law end = oracle_quadrature(&path, 200);
    double change = end.log_z - oracle_quadrature(&path, 0).log_z;
    agree(end, oracle_quadrature_gsl(&path, 200), 1e-9);
    ck_assert_double_eq_tol(end.mean, published[row - 1][0], 6e-4);
    ck_assert_double_eq_tol(end.var, published[row - 1][1], 6e-4);
    ck_assert_double_eq_tol(change, published[row - 1][2], 6e-4);
  }
  oracle_grid_free(&grid);
}
END_TEST

/* The discretised product; this row of the table runs from t = 1 to 0. */
START_TEST(the_operator_has_the_published_product) {
  struct oracle_grid grid = oracle_grid_ve(0.02, 10, 0, 1, 200);
  struct oracle_path path = composed(&grid, 3);
  is_law(oracle_operator(&path, 1), 5.406805611, 0.493361982, 3.700373091,
         2e-9);
  oracle_grid_free(&grid);
}
END_TEST

/* Error of log Z against quadrature halves with the step, in both frames. */
START_TEST(the_discretised_answer_converges_at_first_order) {
  for (int row = 1; row <= 4; row++)
    for (int is_matched = 0; is_matched <= 1; is_matched++) {
      double error[2];
      for (size_t k = 0; k < 2; k++) {
        struct oracle_grid grid =
            oracle_grid_ve(0.02, 10, 0.001, 1, 200 * (k + 1));
        struct oracle_path path = composed(&grid, row);
        path.is_matched = is_matched;
        path.sigma_data = 2.5;
        error[k] = oracle_operator(&path, 1).log_z -
                   oracle_quadrature(&path, grid.n).log_z +
                   oracle_quadrature(&path, 0).log_z;
        oracle_grid_free(&grid);
      }
      ck_assert_double_eq_tol(error[1] / error[0], 0.5, 0.06);
    }
}
END_TEST

/* P1: a Gaussian prior tilted by a Gaussian reward; P3: two modes.  Quadrature
 * against the product formula. */
START_TEST(tilted_priors_have_the_published_answer) {
  struct oracle_grid grid = oracle_grid_static(1, 1);
  struct oracle_path p1 = {.grid = &grid,
                           .term = {gaussian(0.5, 1.44, 1)},
                           .n_terms = 1,
                           .reward = {REWARD_RATE, 2, 1 / 0.49, {0, 1}}};
  double v = 1 / (1 / 1.44 + 1 / 0.49);
  is_law(oracle_quadrature(&p1, 1), 0.2812991740, 1.61917098, 0.36559585, 5e-9);
  is_law(oracle_quadrature(&p1, 1),
         sqrt(0.49 / 1.93) * exp(-0.5 * 1.5 * 1.5 / 1.93),
         v * (0.5 / 1.44 + 2 / 0.49), v, 1e-12);
  struct oracle_path p3 = {
      .grid = &grid, .n_terms = 1, .reward = {REWARD_RATE, 2, 1, {0, 1}}};
  p3.term[0] =
      (struct oracle_term){{2, {0.7, 0.3}, {-2, 3}, {0.25, 0.25}}, {1, 1}};
  is_law(oracle_quadrature(&p3, 1), 0.18090604215715, 2.776998018, 0.291478839,
         1e-9);
  double low = 0.7 * exp(-0.5 * 16 / 1.25), high = 0.3 * exp(-0.5 / 1.25);
  ck_assert_double_eq_tol(low / (low + high), 0.005750496, 1e-9);
  ck_assert_double_eq_tol((low + high) / sqrt(1.25), 0.18090604215715, 1e-13);
  oracle_grid_free(&grid);
}
END_TEST

/* Sums over pairs against quadrature of the same law on a line. */
START_TEST(pairs_agree_with_quadrature_on_a_line) {
  struct oracle_grid grid = oracle_grid_static(1, 1);
  struct oracle_cloud q = {2, 1, mixture_a.weight, mixture_a.mean,
                           mixture_a.var};
  double mean[1], mass[2];
  struct oracle_power sums = {.mean = mean, .mass = mass};
  for (int power = 1; power <= 3; power++) {
    struct oracle_path path = {.grid = &grid, .n_terms = 1};
    path.term[0] = (struct oracle_term){mixture_a, {power, power}};
    struct oracle_law law = oracle_quadrature(&path, 1);
    ck_assert(oracle_pairs(&q, power, &sums));
    ck_assert_double_eq_tol(sums.log_z, law.log_z, 1e-12);
    ck_assert_double_eq_tol(mean[0], law.mean, 1e-12);
    ck_assert_double_eq_tol(sums.square - mean[0] * mean[0], law.var, 1e-11);
    ck_assert_double_eq_tol(mass[0] + mass[1], 1, 1e-12);
  }
  oracle_grid_free(&grid);
}
END_TEST

/* 40 modes of the benchmark, p = 3: quadrature in the plane against 64000
 * triples.  Masses by the nearest centre are near the responsibilities,
 * where modes do not overlap. */
START_TEST(the_benchmark_mixture_has_one_answer) {
  const char *folder = getenv("srcdir"); /* set by automake */
  char file[4096];
  double centres[80], weight[40], var[40], mean[2], mass[40];
  snprintf(file, sizeof file, "%s/tests/exact/gmm40_means.txt",
           folder ? folder : ".");
  ck_assert_msg(oracle_gmm40(file, 1.0 / 50, centres), "no centres in %s",
                file);
  for (size_t i = 0; i < 40; i++) {
    weight[i] = 1.0 / 40;
    var[i] = 2.1269 / 50 * 2.1269 / 50;
  }
  struct oracle_cloud q = {40, 2, weight, centres, var};
  struct oracle_power sums = {.mean = mean, .mass = mass};
  struct oracle_plane plane;
  ck_assert(oracle_pairs(&q, 3, &sums));
  ck_assert(oracle_gmm2d(&q, 3, 1.2, 801, &plane));
  ck_assert_double_eq_tol(plane.log_z, sums.log_z, 1e-11);
  ck_assert_double_eq_tol(plane.log_z, 1.40631265218, 1e-10);
  double square = 0;
  for (int d = 0; d < 2; d++) {
    ck_assert_double_eq_tol(plane.mean[d], mean[d], 1e-11);
    square += plane.var[d] + mean[d] * mean[d];
  }
  ck_assert_double_eq_tol(square, sums.square, 1e-11);
  for (size_t i = 0; i < 40; i++)
    ck_assert_double_eq_tol(plane.mass[i], mass[i], 0.02);
}
END_TEST

int main(void) {
  const TTest *const tests[] = {
      annealed_gaussians_have_the_published_answer,
      a_tilted_gaussian_has_the_published_answer,
      a_killed_brownian_motion_has_the_published_answer,
      a_stiffening_spring_has_the_published_answer,
      weight_moments_are_those_of_one_step,
      composed_mixtures_have_the_published_quadratures,
      the_operator_has_the_published_product,
      the_discretised_answer_converges_at_first_order,
      tilted_priors_have_the_published_answer,
      pairs_agree_with_quadrature_on_a_line,
      the_benchmark_mixture_has_one_answer,
  };
  Suite *suite = suite_create("oracles");
  TCase *tcase = tcase_create("oracles");
  tcase_set_timeout(tcase, 0);
  for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
    tcase_add_test(tcase, tests[i]);
  suite_add_tcase(suite, tcase);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
