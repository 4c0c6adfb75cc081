/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hard walls: a Brownian motion that dies where it is outside of a box at a
 * grid time.  Dead stays dead, whatever comes after, and a replicate in which
 * all have died counts as Z-hat = 0 (docs/methods.md sections 4 and 5).  The
 * exact answer is a product of integral operators on the box, by Gauss-Legendre
 * quadrature. */
#include <check.h>
#include <gsl/gsl_integration.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rows.h"

enum { STEPS = 10, NODES = 48 };
static struct ledger ledger; /* of this program */
static const double wall = 0.9, start_var = 0.25;

static const struct {
  const char *name;
  size_t particles;
} rows[] = {
    {"difference", 64}, {"sum", 64}, {"current", 64}, {"difference", 2}};
enum { N_ROWS = sizeof rows / sizeof *rows };

static double normal(double x, double v) {
  return exp(-0.5 * x * x / v) / sqrt(2 * ORACLE_PI * v);
}

/* Survivors at the end: their share, and the variance of x among them. */
static struct exact_answer survivors(void) {
  double x[NODES], weight[NODES], f[NODES], next[NODES];
  gsl_integration_glfixed_table *table =
      gsl_integration_glfixed_table_alloc(NODES);
  const double dt = 1.0 / STEPS;
  for (size_t i = 0; i < NODES; i++) {
    gsl_integration_glfixed_point(-wall, wall, i, &x[i], &weight[i], table);
    f[i] = normal(x[i], start_var + dt);
  }
  gsl_integration_glfixed_table_free(table);
  for (int k = 1; k < STEPS; k++) {
    for (size_t i = 0; i < NODES; i++) {
      next[i] = 0;
      for (size_t j = 0; j < NODES; j++)
        next[i] += weight[j] * f[j] * normal(x[i] - x[j], dt);
    }
    for (size_t i = 0; i < NODES; i++) f[i] = next[i];
  }
  double share = 0, square = 0;
  for (size_t i = 0; i < NODES; i++) {
    share += weight[i] * f[i];
    square += weight[i] * f[i] * x[i] * x[i];
  }
  return (struct exact_answer){log(share), 1, {0}, {square / share}};
}

/* What is said of extinct replicates, and the mean over all of them. */
static void extinction_counts(const struct exact_config *config) {
  struct run_result result;
  double mean = 0;
  exact_once(config, &result);
  ck_assert_uint_gt(result.n_extinct, 0);
  for (size_t r = 0; r < result.n_replicates; r++) {
    bool is_extinct = result.log_z_each[r] == -HUGE_VAL;
    mean += exp(result.log_z_each[r]) / (double)result.n_replicates;
    for (size_t i = r * config->particles;
         is_extinct && i < (r + 1) * config->particles; i++)
      ck_assert_double_eq(result.logw[i], -HUGE_VAL);
  }
  ck_assert_double_eq_tol(result.log_z, log(mean), 1e-12);
  run_result_free(&result);
}

START_TEST(who_leaves_the_box_is_dead) {
  struct oracle_grid grid = oracle_grid_brownian(1, STEPS);
  struct row row = {.name = rows[_i].name,
                    .schedule = "plugin = \"schedule_brownian\";",
                    .path = {.grid = &grid,
                             .zeta2 = 1,
                             .start = START_PLAIN,
                             .start_var = start_var}};
  struct exact_answer answer = survivors();
  for (enum row_trigger trigger = NEVER; trigger < N_TRIGGERS; trigger++) {
    char text[ROW_TEXT], extra[512], name[128];
    row_resampler("systematic", trigger, 0, extra, sizeof extra);
    size_t used = strlen(extra);
    snprintf(extra + used, sizeof extra - used,
             "\npotentials = ({ plugin = \"box\"; lower = (%g); upper = (%g); "
             "mode = \"%s\"; at = \"x\"; });",
             -wall, wall, row.name);
    row_text(&row, extra, text);
    struct exact_config config = {
        text, rows[_i].particles, 1000, 500 + ledger.n, 0, 0, 0};
    struct exact_stats stats;
    exact_collect(&config, 20000, &answer, &stats);
    snprintf(name, sizeof name, "%s, %zu particles, %s", row.name,
             config.particles, row_trigger_name[trigger]);
    exact_gate(name, &stats, 1, &ledger);
    if (config.particles < 64) extinction_counts(&config);
  }
  oracle_grid_free(&grid);
}
END_TEST

int main(void) {
  static const char *const names[N_ROWS] = {"difference", "sum", "current",
                                            "extinct"};
  Suite *suite = suite_create("walls");
  for (int i = 0; i < N_ROWS; i++)
    exact_add_row(suite, names[i], who_leaves_the_box_is_dead, i);
  return exact_main(suite, &ledger);
}
