/* SPDX-License-Identifier: GPL-3.0-or-later */
/* weights = "density": a move is weighed by log pi' - log pi + log B - log P,
 * so that E[Z-hat] = Z, the integral of the target itself, at any number of
 * steps and any noise (docs/methods.md section 3).  With rates the bias of
 * these few steps would be gross: the negative control.  All in the matched
 * frame, where the weights have moments that a z-test can use. */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "rows.h"

static struct ledger ledger; /* of this program */

static const char ve[] = "plugin = \"ve\"; sigma_min = 0.1; sigma_max = 5.0;";
static const char vp[] = "plugin = \"vp\"; beta_min = 2.0; beta_max = 2.0;";
static const struct oracle_mixture mixture_a = {
    2, {0.4, 0.6}, {-1, 1}, {0.5, 0.4}};
static const struct oracle_mixture mixture_b = {
    2, {0.5, 0.5}, {-1, 0.5}, {0.8, 0.6}};

enum { N_ROWS = 5 };
static const struct {
  const char *name;
  bool is_vp, is_product;
  double power; /* of A */
  size_t steps;
  double zeta2;
} rows[N_ROWS] = {
    {"A^2 on VE, 10 steps", false, false, 2, 10, 1},
    {"A^2 on VP, 8 steps", true, false, 2, 8, 1},
    {"A^2 on VP, zeta^2 = 0.5", true, false, 2, 8, 0.5},
    {"A B on VE, 10 steps", false, true, 1, 10, 1},
    {"A B on VP, zeta^2 = 1.4", true, true, 1, 10, 1.4},
};

static struct row make(int number, struct oracle_grid *grid) {
  size_t steps = rows[number].steps;
  bool is_vp = rows[number].is_vp, is_product = rows[number].is_product;
  *grid = is_vp ? oracle_grid_vp(2, 0.1, 1.1, steps)
                : oracle_grid_ve(0.1, 5, 0, 1, steps);
  double power = rows[number].power;
  double s = grid->sigma[0], a = grid->alpha[0];
  struct row row = {.name = rows[number].name,
                    .schedule = is_vp ? vp : ve,
                    .weights = "density",
                    .replicates = 10000,
                    .ess_below = is_vp ? 0.985 : 0.95};
  row.path = (struct oracle_path){
      .grid = grid,
      .term = {{mixture_a, {power, power}}, {mixture_b, {power, power}}},
      .n_terms = is_product ? 2 : 1,
      .zeta2 = rows[number].zeta2,
      .is_matched = true,
      .sigma_data = 1.2,
      .start = START_WEIGHTED,
      .start_var = (s * s + 1.5 * a * a) / 2};
  return row;
}

/* 0.11 here with one variance for both kernels, that of the middle of the step;
 * 0.6 with those of its ends. */
static void has_little_noise(const struct exact_stats *stats) {
  double sd = sqrt(sample_variance(&stats->z));
  ck_assert_msg(sd < 0.2, "the relative sd of Z-hat is %g", sd);
}

START_TEST(few_steps_give_the_integral_of_the_target) {
  struct oracle_grid grid;
  struct row row = make(_i, &grid);
  struct exact_answer answer = row_answer(oracle_quadrature(&row.path, grid.n));
  for (enum row_trigger trigger = NEVER; trigger < N_TRIGGERS; trigger++) {
    struct exact_stats stats;
    row_gate(&row, "systematic", trigger, &answer, &ledger, &stats);
    if (trigger == NEVER && !rows[_i].is_vp) has_little_noise(&stats);
    struct exact_answer rate = row_answer(oracle_operator(&row.path, 1));
    double distance = exact_distance(&stats, &answer, &rate);
    ck_assert_msg(distance > exact_power(),
                  "weights of rates are only |z| = %g away", distance);
  }
  oracle_grid_free(&grid);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("density");
  for (int i = 0; i < N_ROWS; i++)
    exact_add_row(suite, rows[i].name,
                  few_steps_give_the_integral_of_the_target, i);
  return exact_main(suite, &ledger);
}
