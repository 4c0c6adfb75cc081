/* SPDX-License-Identifier: GPL-3.0-or-later */
/* With the optimal twist h_t(x) = E[exp r(x_0) | x_t = x], the proposal that
 * goes with it and a start tilted by h_T, every particle has the same weight,
 * and one of them gives Z to the last digits (docs/methods.md section 4).  It
 * holds start, kernel ratio, twist and terminal reward to each other: any of
 * them wrong, and particles differ.  P1 of the catalogue: N(.5, 1.44), r =
 * -(x - 2)^2/(2 .49), alpha = cos(.49 pi t/12), 12 steps. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "rows.h"

static const double mean = 0.5, variance = 1.44, center = 2;

static const struct {
  const char *name;
  size_t dim, particles;
  double strength;
  const char *resampler;
} rows[] = {
    {"one particle", 1, 1, 1, ""},
    {"three dimensions", 3, 1, 1, ""},
    {"strong", 1, 1, 50, ""},
    {"resampled", 1, 16, 1,
     "resampler = { plugin = \"multinomial\"; ess_below = 1.0; };"},
};
enum { N_ROWS = sizeof rows / sizeof *rows };

/* q_T h_T, a Gaussian again. */
static void tilted_start(double k, double *m, double *v) {
  double a = cos(0.49 * ORACLE_PI), noise = 1 - a * a;
  double total = a * a * variance + noise, slope = a * variance / total;
  double pull = k / (1 + k * variance * noise / total);
  double base = mean * noise / total - center; /* D - center at x = 0 */
  *v = 1 / (1 / total + pull * slope * slope);
  *m = *v * (a * mean / total - pull * slope * base);
}

static void config_text(int i, double k, char text[ROW_TEXT]) {
  double m, v;
  char keys[160];
  tilted_start(k, &m, &v);
  snprintf(keys, sizeof keys,
           "mean = %g; variance = %g; center = %g; stiffness = %.17g;", mean,
           variance, center, k);
  snprintf(text, ROW_TEXT,
           "state = { real = %zu; };\n"
           "schedule = { plugin = \"cosine\"; angle = 0.49; length = 12.0; "
           "offset = 0.0; t_min = 0.0; t_max = 12.0; };\n"
           "time = { steps = 12; };\n"
           "scores = ({ id = \"q\"; plugin = \"gaussian\"; mean = %g; variance "
           "= %g; });\n"
           "potentials = ({ plugin = \"optimal_twist\"; mode = "
           "\"difference\"; %s });\n"
           "integrators = ({ plugin = \"twisted_kernel\"; %s });\n"
           "start = { law = \"gaussian\"; mean = %.17g; variance = %.17g; };\n"
           "%s\n",
           rows[i].dim, mean, variance, keys, keys, m, v, rows[i].resampler);
}

START_TEST(every_particle_knows_z) {
  double k = rows[_i].strength / 0.49, by = 1 + k * variance;
  double off = center - mean;
  double log_z = -0.5 * (double)rows[_i].dim * (log(by) + k * off * off / by);
  char text[ROW_TEXT];
  struct run_result result;
  if (_i == 0) ck_assert_double_eq_tol(exp(log_z), 0.2812991740, 1e-10);
  config_text(_i, k, text);
  struct exact_config config = {.text = text,
                                .particles = rows[_i].particles,
                                .replicates = 1000,
                                .seed = 4};
  exact_once(&config, &result);
  for (size_t r = 0; r < result.n_replicates; r++) {
    ck_assert_double_eq_tol(result.log_z_each[r], log_z, 1e-12);
    ck_assert_double_eq_tol(result.ess_each[r], (double)rows[_i].particles,
                            1e-9);
  }
  if (rows[_i].resampler[0]) ck_assert_double_eq(result.resamplings, 11);
  run_result_free(&result);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("optimal");
  for (int i = 0; i < N_ROWS; i++)
    exact_add_row(suite, rows[i].name, every_particle_knows_z, i);
  return exact_main(suite, NULL);
}
