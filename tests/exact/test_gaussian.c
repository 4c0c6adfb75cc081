/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gaussian rows of the exact catalogue: every answer is that of the
 * discretised run (a recursion), so that there is no bias to allow for.  Each
 * row runs without resampling, with it at every step, and below ESS 0.95 N. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rows.h"

static struct ledger ledger; /* of this program */
static struct {              /* the row that rejects a wrong twin best */
  const char *row;
  double distance;
} rejects[N_MUTANTS];

static const char vp2[] = "plugin = \"vp\"; beta_min = 2.0; beta_max = 2.0;";
static const char brownian[] = "plugin = \"schedule_brownian\";";
static const char stationary[] = "plugin = \"static\";";

enum { S1, S2, S5, S12, S12_RAMP, S14, S14_MALA, TILT, N_ROWS };
static const char *const case_name[N_ROWS] = {
    "S1", "S2", "S5", "S12", "S12 ramp", "S14", "S14 MALA", "tilt"};

static struct row spring(const struct oracle_grid *grid, const char *name,
                         const char *moves) {
  struct row row = {.name = name, .schedule = stationary, .moves = moves};
  row.path = row_anneal(grid, 0, 1, 1);
  row.path.term[0].power.to = 4;
  row.path.langevin = 0.02;
  return row;
}

static struct row killed(const struct oracle_grid *grid, const char *name,
                         double from, double to) {
  struct row row = {.name = name, .schedule = brownian};
  row.path =
      (struct oracle_path){.grid = grid,
                           .zeta2 = 1,
                           .start = START_PLAIN,
                           .reward = {REWARD_INTEGRAL, 0, 2.25, {from, to}}};
  return row;
}

/* A reward of full strength all along, over-noised and in the matched frame:
 * every part of the formula at once. */
static struct row tilt(const struct oracle_grid *grid) {
  struct row row = {.name = "tilted product, matched", .schedule = vp2};
  row.path = row_anneal(grid, 0.5, 0.7, 0.8);
  row.path.term[1] = row_gaussian(-0.4, 1.5, 0.9);
  row.path.term[1].power.to = 0.5;
  row.path.n_terms = 2;
  row.path.reward = (struct oracle_reward){REWARD_RATE, 1, 0.3, {0.5, 1}};
  row.path.start_mean = 0.1;
  row.path.start_var = 0.6;
  row.path.zeta2 = 1.7;
  row.path.is_matched = true;
  row.path.sigma_data = 1.2;
  return row;
}

static struct row make(int number, struct oracle_grid *grid) {
  struct row row = {.name = "S1 anneal p = 0.5", .schedule = vp2};
  if (number == S12 || number == S12_RAMP)
    *grid = oracle_grid_brownian(2, number == S12 ? 100 : 25);
  else if (number == S14 || number == S14_MALA)
    *grid = oracle_grid_static(1, 50);
  else
    *grid = oracle_grid_vp(2, 0, number == S2 ? 0.5 : 1.5, 40);
  if (number == S12) row = killed(grid, "S12 killed Brownian motion", 1, 1);
  if (number == S12_RAMP) row = killed(grid, "S12 with a growing rate", 0.2, 1);
  if (number == S14)
    row = spring(grid, "S14 stiffening spring",
                 "{ plugin = \"langevin\"; step = 0.02; }");
  if (number == S14_MALA)
    row = spring(grid, "S14 with MALA", "{ plugin = \"mala\"; step = 0.1; }");
  if (number == S1) row.path = row_anneal(grid, 1, 0.5, 0.5);
  if (number == S2) {
    row.name = "S2 anneal p = 1.5";
    row.path = row_anneal(grid, 0.5, 2, 1.5);
  }
  if (number == S5) {
    row.name = "S5 reward";
    row.path = row_anneal(grid, 0.5, 0.7, 1);
    row.path.reward = (struct oracle_reward){REWARD_RATE, 1, 1.0 / 3, {0, 1}};
  }
  if (number == TILT) row = tilt(grid);
  row.replicates = number == S1 ? 20000 : number == S2 ? 120000 : 6000;
  if (number == S2 || number == S5 || number == TILT) row.ess_below = 0.985;
  return row;
}

/* A move that leaves pi_t exactly invariant makes every ladder exact. */
static struct oracle_law law_of(const struct row *row, int number) {
  if (number != S14_MALA) return oracle_gaussian(&row->path, 1);
  return (struct oracle_law){-0.5 * log(4) - 1.5 * log(2 * ORACLE_PI), 0, 0.25};
}

/* What runs with a known fault would converge to, against these replicates. */
static void compare_twins(struct row row, const struct exact_stats *stats,
                          const struct exact_answer *answer) {
  for (int k = 1; k < N_MUTANTS; k++) {
    row.path.mutant = (enum oracle_mutant)k;
    struct exact_answer wrong = row_answer(oracle_gaussian(&row.path, 1));
    double distance = exact_distance(stats, answer, &wrong);
    if (!(distance > rejects[k].distance)) continue;
    rejects[k].row = row.name;
    rejects[k].distance = distance;
  }
}

START_TEST(rows_have_their_exact_answers) {
  struct oracle_grid grid;
  struct row row = make(_i, &grid);
  struct exact_answer answer = row_answer(law_of(&row, _i));
  for (enum row_trigger trigger = NEVER; trigger < N_TRIGGERS; trigger++) {
    struct exact_stats stats;
    row_gate(&row, "systematic", trigger, &answer, &ledger, &stats);
    if (_i == S14_MALA) continue;
    if (trigger == EVERY_STEP) compare_twins(row, &stats, &answer);
    if (trigger != NEVER) continue;
    double m[5] = {1, 1}, log_z = answer.log_z;
    for (int k = 2; k <= 4; k++)
      m[k] = exp(oracle_gaussian(&row.path, k).log_z - k * log_z);
    ck_assert_msg(m[4] < 400, "%s: fourth moment %g", row.name, m[4]);
    exact_gate_variance(row.name, &stats, 64, m);
  }
  oracle_grid_free(&grid);
}
END_TEST

START_TEST(every_resampler_is_exact_on_s1) {
  static const char *const plugins[] = {"multinomial", "stratified", "residual",
                                        "ssp", "killing"};
  struct oracle_grid grid;
  struct row row = make(S1, &grid);
  struct exact_answer answer = row_answer(law_of(&row, S1));
  row.replicates = 5000;
  struct exact_stats stats;
  row_gate(&row, plugins[_i], EVERY_STEP, &answer, &ledger, &stats);
  oracle_grid_free(&grid);
}
END_TEST

/* Propose a drift of 0.7, weigh by the ratio: Brownian motion stays what it
 * is, Z = 1, E x = 0, E x^2 = 1. */
START_TEST(a_guided_brownian_motion_is_exact) {
  struct oracle_grid grid = oracle_grid_brownian(1, 25);
  struct row row = {.name = "S13 Girsanov",
                    .schedule = brownian,
                    .path = {.grid = &grid, .zeta2 = 1, .start = START_PLAIN}};
  struct exact_answer answer = {0, 1, {0}, {1}};
  for (enum row_trigger trigger = NEVER; trigger < N_TRIGGERS; trigger++) {
    char text[ROW_TEXT], extra[512];
    row_resampler("systematic", trigger, 0, extra, sizeof extra);
    strcat(extra,
           "\npotentials = ({ plugin = \"linear\"; slope = (1.0); "
           "mode = \"guide\"; at = \"x\"; guide = 0.7; });");
    row_text(&row, extra, text);
    struct exact_config config = {text, 64, 500, 13 + trigger, 0, 0, 0};
    struct exact_stats stats;
    exact_collect(&config, 10000, &answer, &stats);
    if (trigger == NEVER) { /* log w ~ N(-l^2/2, l^2), l^2 = 0.49 */
      double m[5] = {1, 1, exp(0.49), exp(3 * 0.49), exp(6 * 0.49)};
      exact_gate(row.name, &stats, 0, &ledger); /* x^2 has a skew of 3 */
      exact_gate_variance(row.name, &stats, 64, m);
    } else {
      exact_gate(row.name, &stats, 1, &ledger);
      ck_assert_double_ge(stats.resamplings, 1);
    }
  }
  oracle_grid_free(&grid);
}
END_TEST

/* Every fault is seen by some row, or the rows could not see it. */
START_TEST(every_wrong_twin_is_rejected) {
  for (int k = 1; k < N_MUTANTS; k++) {
    printf("wrong twin %d: %s rejects it with |z| = %.3g\n", k, rejects[k].row,
           rejects[k].distance);
    ck_assert_msg(rejects[k].distance > exact_power(),
                  "wrong twin %d: |z| = %g at most", k, rejects[k].distance);
  }
}
END_TEST

/* The identity: one model to the power 1 has no weight at all (S9). */
START_TEST(s9_has_weights_of_one_and_the_right_law) {
  struct oracle_grid grid = oracle_grid_vp(2, 0, 1.5, 40);
  struct row row = {.name = "S9 anneal p = 1",
                    .schedule = vp2,
                    .path = row_anneal(&grid, 1, 0.5, 1)};
  struct exact_answer answer = row_answer(oracle_gaussian(&row.path, 1));
  struct sample first = {0}, second = {0};
  char text[ROW_TEXT];
  row_text(&row, "resampler = { plugin = \"systematic\"; ess_below = 1.0; };",
           text);
  struct run_result result;
  exact_once(&(struct exact_config){text, 64, 4000, 9, 0, 0, 0}, &result);
  for (size_t r = 0; r < result.n_replicates; r++) {
    double mean = 0, square = 0;
    ck_assert_double_eq_tol(result.log_z_each[r], 0, 1e-13);
    for (size_t i = r * 64; i < (r + 1) * 64; i++) {
      mean += result.x[i] / 64;
      square += pow(result.x[i] - answer.mean[0], 2) / 64;
    }
    sample_add(&first, mean);
    sample_add(&second, square);
  }
  ck_assert_double_le(fabs(sample_z(&first, answer.mean[0])), 6);
  ck_assert_double_le(fabs(sample_z(&second, answer.var[0])), 6);
  run_result_free(&result);
  oracle_grid_free(&grid);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("gaussian");
  TCase *tcase = tcase_create("resamplers");
  for (int i = 0; i < N_ROWS; i++)
    exact_add_row(suite, case_name[i], rows_have_their_exact_answers, i);
  tcase_add_loop_test(tcase, every_resampler_is_exact_on_s1, 0, 5);
  suite_add_tcase(suite, tcase);
  exact_add_row(suite, "S13", a_guided_brownian_motion_is_exact, 0);
  exact_add_row(suite, "S9", s9_has_weights_of_one_and_the_right_law, 0);
  exact_add_row(suite, "wrong twins", every_wrong_twin_is_rejected, 0);
  return exact_main(suite, &ledger);
}
