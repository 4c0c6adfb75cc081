/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Potentials that look back: at the largest x seen, in a plugin's own bytes of
 * the particle, and at the point of the last look.  Brownian motion from 0 is
 * looked at after steps 5 and 10, so that the answer is an integral over two
 * Gaussian steps.  Bytes or points that stay behind when rows are resampled,
 * or that belong to another row, give another answer. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rows.h"

static struct ledger ledger; /* of this program */

/* phi at the end, of x after step 5 and after step 10. */
static double largest(double x5, double x10) {
  return -0.45 * (x5 > x10 ? x5 : x10);
}
static double last_move(double x5, double x10) {
  return -0.5 * 0.9 * (x10 - x5) * (x10 - x5);
}

static const struct {
  const char *name, *plugin, *keys;
  double (*phi)(double, double);
} rows[] = {
    {"pstate", "running_max", "scale = -0.45; mode = \"difference\";", largest},
    {"pstate, current", "running_max", "scale = -0.45; mode = \"current\";",
     largest},
    {"previous point", "last_move", "scale = 0.9; mode = \"difference\";",
     last_move},
    {"previous point, in a part", "last_move", "scale = 0.9;", last_move},
};
enum { N_ROWS = sizeof rows / sizeof *rows };

/* Trapezoids in both steps, of variance 1/2 each. */
static struct oracle_law integrate(double (*phi)(double, double)) {
  enum { HALF = 1200 };
  const double var = 0.5, width = 0.005;
  double sum[3] = {0};
  for (int i = -HALF; i <= HALF; i++)
    for (int j = -HALF; j <= HALF; j++) {
      double a = i * width, b = j * width, x = a + b;
      double w = exp(phi(a, x) - (a * a + b * b) / (2 * var));
      sum[0] += w;
      sum[1] += w * x;
      sum[2] += w * x * x;
    }
  double mean = sum[1] / sum[0];
  return (struct oracle_law){
      log(sum[0] * width * width / (2 * ORACLE_PI * var)), mean,
      sum[2] / sum[0] - mean * mean};
}

/* A second, constant-free tilt makes step 2 resample by something else, so that
 * rows have changed their places before and between the looks. */
static void say_potentials(int number, char *text, size_t bytes) {
  const char *dir = getenv("KAC_FIXTURES");
  ck_assert_msg(dir != NULL, "KAC_FIXTURES is not set");
  bool is_part = strstr(rows[number].name, "part") != NULL;
  snprintf(
      text, bytes,
      "potentials = ({ %s plugin = \"%s/potential/memories.so:%s\"; %s %s "
      "at_steps = [5]; }, { plugin = \"sinusoid\"; wave = 2.0; amplitude = "
      "0.4; at_steps = "
      "[2, 7]; strength = { table = ((0.0, 1.0), (0.9, 1.0), (1.0, "
      "0.0)); }; });",
      is_part ? "all_of = ({" : "", dir, rows[number].plugin, rows[number].keys,
      is_part ? "});" : "");
}

START_TEST(what_is_remembered_belongs_to_its_particle) {
  struct oracle_grid grid = oracle_grid_brownian(1, 10);
  struct row row = {.name = rows[_i].name,
                    .schedule = "plugin = \"schedule_brownian\";",
                    .path = {.grid = &grid, .zeta2 = 1, .start = START_PLAIN},
                    .replicates = 6000};
  struct exact_answer answer = row_answer(integrate(rows[_i].phi));
  struct exact_answer plain = {0, 1, {0}, {1}};
  char text[1024];
  say_potentials(_i, text, sizeof text);
  row.extra = text;
  row_gate_all(&row, N_TRIGGERS, &answer, &plain, &ledger);
  oracle_grid_free(&grid);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("lookback");
  for (int i = 0; i < N_ROWS; i++)
    exact_add_row(suite, rows[i].name,
                  what_is_remembered_belongs_to_its_particle, i);
  return exact_main(suite, &ledger);
}
