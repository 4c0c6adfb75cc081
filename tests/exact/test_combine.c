/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Combinations of potentials in the exact catalogue: whatever the mode, the
 * weighted law at the end is that of the sampler, a Gaussian by recursion,
 * times exp(phi) of the combination, by quadrature.  Weights from densities
 * have the law of the target itself at any number of steps. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "rows.h"

static struct ledger ledger; /* of this program */

/* phi = slope x, and phi = -stiffness (x - center)^2 / 2. */
#define LINE(slope) "{ plugin = \"linear\"; slope = " slope "; "
#define BOWL "{ plugin = \"quadratic\"; center = (1.5); stiffness = 0.8; "
/* exp of it stays below .5: its not has light tails. */
#define FAINT         \
  "{ all_of = (" BOWL \
  "}, { plugin = \"potential_constant\"; value = -0.7; }); }"
#define INSIDE "{ plugin = \"box\"; lower = (0.0); upper = (1.0); "
#define BEYOND "{ plugin = \"box\"; lower = (2.5); "

static double bowl(double x) {
  return -0.4 * (x - 1.5) * (x - 1.5);
}
static double any_of(double x) {
  return log(0.7 * exp(0.5 * x) + exp(-0.7 * x));
}
static double all_of(double x) {
  return 0.5 * (0.5 * x) + bowl(x);
}
static double not_of(double x) {
  return log(1 - exp(bowl(x) - 0.7));
}
static double neither(double x) {
  return (x >= 0 && x <= 1) || x >= 2.5 ? -HUGE_VAL : 0;
}
static double mixed(double x) {
  return log(exp(0.5 * x) + 2 * exp(not_of(x)));
}

static const struct {
  const char *name, *keys;
  double (*phi)(double);
  bool is_density;
} rows[] = {
    {"any_of", "any_of = (" LINE("0.5") "weight = 0.7; }, " LINE("-0.7") "});",
     any_of, false},
    {"any_of, guided",
     "any_of = (" LINE("0.5") "weight = 0.7; }, " LINE(
         "-0.7") "}); "
                 "at = \"x0hat\"; guide = 0.6;",
     any_of, false},
    {"all_of",
     "all_of = (" LINE("0.5") "weight = 0.5; }, " BOWL "}); at = \"x0hat\";",
     all_of, false},
    {"not", "not = " FAINT "; at = \"x0hat\"; window = (0.5, 1.0);", not_of,
     false},
    {"verdicts",
     "not = { any_of = (" INSIDE "}, " BEYOND "}); }; mode = \"final\";",
     neither, false},
    {"nested, current",
     "any_of = (" LINE(
         "0.5") "}, { weight = 2.0; not = " FAINT "; }); "
                "mode = \"current\"; at = \"x0hat\"; at_steps = [12];",
     mixed, false},
    {"rate",
     "any_of = (" LINE("0.5") "weight = 0.7; }, " LINE(
         "-0.7") "}); "
                 "mode = \"rate\";",
     any_of, true},
    {"rate, all_of",
     "all_of = (" LINE("0.5") "weight = 0.5; }, " BOWL "}); mode = \"rate\";",
     all_of, true},
};
enum { N_ROWS = sizeof rows / sizeof *rows };

/* N(mean, var) exp(phi): trapezoids inside each piece of +-12 sd would be
 * exact to rounding for what is smooth; the steps of a verdict lie on nodes. */
static struct oracle_law tilted(struct oracle_law law, double (*phi)(double)) {
  enum { N = 1 << 20 };
  double width = 0x1p-16, sum[3] = {0};
  for (long k = -N / 2; k <= N / 2; k++) {
    double x = (double)k * width, off = x - law.mean;
    double low = phi(x - width / 4), high = phi(x + width / 4);
    double f = 0.5 * (exp(low) + exp(high));
    double w = f * exp(-0.5 * off * off / law.var);
    sum[0] += w;
    sum[1] += w * x;
    sum[2] += w * x * x;
  }
  double norm = width / sqrt(2 * ORACLE_PI * law.var), mean = sum[1] / sum[0];
  return (struct oracle_law){law.log_z + log(sum[0] * norm), mean,
                             sum[2] / sum[0] - mean * mean};
}

START_TEST(a_combination_has_its_own_law) {
  struct oracle_grid grid = oracle_grid_vp(2, 0, 1.5, 20);
  bool is_density = rows[_i].is_density;
  struct row row = {
      .name = rows[_i].name,
      .schedule = "plugin = \"vp\"; beta_min = 2.0; beta_max = 2.0;",
      .path = row_anneal(&grid, 0.5, 0.7, is_density ? 1 : 0.5),
      .weights = is_density ? "density" : NULL,
      .replicates = 4000};
  struct oracle_law plain = oracle_gaussian(&row.path, 1);
  if (is_density) plain = (struct oracle_law){0, 0.5, 0.7};
  struct exact_answer answer = row_answer(tilted(plain, rows[_i].phi));
  struct exact_answer untilted = row_answer(plain);
  char potential[512];
  snprintf(potential, sizeof potential, "potentials = ({ %s });",
           rows[_i].keys);
  row.extra = potential;
  row_gate_all(&row, SOME_STEPS, &answer, &untilted, &ledger);
  oracle_grid_free(&grid);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("combine");
  for (int i = 0; i < N_ROWS; i++)
    exact_add_row(suite, rows[i].name, a_combination_has_its_own_law, i);
  return exact_main(suite, &ledger);
}
