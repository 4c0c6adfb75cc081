/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mixture rows of the exact catalogue: annealing, guidance, product and reward
 * of one-dimensional mixtures against the transfer operator, in both frames.
 * The noise levels keep the moments of the weights moderate; annealing at
 * noise 1 has weights without a variance, where z would mean nothing. */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "rows.h"

static struct ledger ledger; /* of this program */

static const char ve[] = "plugin = \"ve\"; sigma_min = 0.02; sigma_max = 10.0;";
static const struct oracle_mixture mixture_a = {
    2, {0.3, 0.7}, {-3, 2}, {1, 0.3}};
static const struct oracle_mixture mixture_b = {
    2, {0.5, 0.5}, {-2, 1}, {0.8, 0.6}};

enum { N_ROWS = 6 };
static const struct {
  const char *name;
  double power_a, power_b, strength, zeta2;
  bool is_matched;
  size_t steps, replicates;
} rows[N_ROWS] = {
    {"G1 A^2, matched", 2, 0, 0, 3, true, 100, 6000},
    {"G1 A^2, noise frame", 2, 0, 0, 5, false, 100, 6000},
    /* sum p = 1: the frame cancels */
    {"G2 A^2/B", 2, -1, 0, 3, true, 40, 14000},
    {"G3 A B, matched", 1, 1, 0, 5, true, 100, 6000},
    {"G3 A B, noise frame", 1, 1, 0, 5, false, 100, 6000},
    {"G4 A exp(-u (x-1)^2/4)", 1, 0, 0.5, 3, true, 100, 8000},
};

static struct row make(int number, const struct oracle_grid *grid) {
  double a = rows[number].power_a, b = rows[number].power_b;
  double sum = a + b, s = grid->sigma[0];
  struct row row = {.name = rows[number].name, .schedule = ve};
  row.path = (struct oracle_path){.grid = grid,
                                  .term = {{mixture_a, {a, a}}},
                                  .n_terms = 1,
                                  .zeta2 = rows[number].zeta2,
                                  .is_matched = rows[number].is_matched,
                                  .sigma_data = 2.5,
                                  .start = START_WEIGHTED,
                                  .start_var = s * s / sum};
  if (fabs(b) > 0)
    row.path.term[row.path.n_terms++] = (struct oracle_term){mixture_b, {b, b}};
  if (rows[number].strength > 0)
    row.path.reward =
        (struct oracle_reward){REWARD_RATE, 1, 1, {0, rows[number].strength}};
  row.replicates = rows[number].replicates;
  return row;
}

START_TEST(rows_have_their_exact_answers) {
  struct oracle_grid grid = oracle_grid_ve(0.02, 10, 0.001, 1, rows[_i].steps);
  struct row row = make(_i, &grid);
  struct exact_answer answer = row_answer(oracle_operator(&row.path, 1));
  for (enum row_trigger trigger = EVERY_STEP; trigger < N_TRIGGERS; trigger++) {
    struct exact_stats stats;
    row_gate(&row, "systematic", trigger, &answer, &ledger, &stats);
  }
  oracle_grid_free(&grid);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("mixture");
  for (int i = 0; i < N_ROWS; i++)
    exact_add_row(suite, rows[i].name, rows_have_their_exact_answers, i);
  return exact_main(suite, &ledger);
}
