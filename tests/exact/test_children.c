/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Several proposals per particle, one of them kept by weight with the mean
 * weight of all: E[Z-hat] and the weighted law are those without children
 * (docs/methods.md section 5), whatever moves, guides and weights there are;
 * and Z-hat of one step is as good as one of that many more particles. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "rows.h"

static struct ledger ledger; /* of this program */

static const double center = 1.5, stiffness = 0.4;
#define VP "plugin = \"vp\"; beta_min = 2.0; beta_max = 2.0;"
#define STEER(KEYS)                                          \
  "potentials = ({ plugin = \"quadratic\"; center = (1.5); " \
  "stiffness = 0.4; mode = \"difference\"; at = \"x0hat\"; " KEYS "});"

enum { STEERED, GUIDED, LAST, DENSITY, DENSITY_MALA, N_ROWS };
static const struct {
  const char *name, *extra;
  size_t children;
} rows[N_ROWS] = {
    {"steered", STEER(""), 4},
    {"guided", STEER("guide = 0.7; "), 3},
    {"at the last step",
     "potentials = ({ plugin = \"quadratic\"; center = (1.5); stiffness = "
     "0.4; mode = \"final\"; });",
     8},
    {"density", "", 3},
    {"density and MALA", "", 2},
};

static struct row steered(int number, struct oracle_grid *grid) {
  *grid = oracle_grid_vp(2, 0, 1.5, 20);
  return (struct row){.name = rows[number].name,
                      .schedule = VP,
                      .path = row_anneal(grid, 0.5, 0.7, 0.5),
                      .extra = rows[number].extra};
}

/* The integral of A^1.4, at any number of steps. */
static struct row integral(int number, struct oracle_grid *grid) {
  *grid = oracle_grid_vp(2, 0.1, 1.1, 8);
  struct row row = {
      .name = rows[number].name, .schedule = VP, .weights = "density"};
  if (number == DENSITY_MALA)
    row.moves =
        "{ plugin = \"euler_maruyama\"; noise = 1.0; }, { plugin = \"mala\"; "
        "step = 0.05; repeat = 2; }";
  double s = grid->sigma[0], a = grid->alpha[0];
  row.path = (struct oracle_path){
      .grid = grid,
      .term = {{{2, {0.4, 0.6}, {-1, 1}, {0.5, 0.4}}, {1.4, 1.4}}},
      .n_terms = 1,
      .zeta2 = 1,
      .is_matched = true,
      .sigma_data = 1.2,
      .start = START_WEIGHTED,
      .start_var = (s * s + 1.5 * a * a) / 1.4};
  return row;
}

static void collect(const struct row *row, size_t children,
                    enum row_trigger trigger, const struct exact_answer *answer,
                    struct exact_stats *stats) {
  char text[ROW_TEXT], extra[128], name[128];
  row_resampler("systematic", trigger, row->weights ? 0.99 : 0.97, extra,
                sizeof extra);
  row_text(row, extra, text);
  struct exact_config config = {.text = text,
                                .particles = 32,
                                .replicates = 500,
                                .seed = 5000 + ledger.n,
                                .children = children};
  /* The squares under density weights are skewed. */
  exact_collect(&config, row->weights ? 12000 : 4000, answer, stats);
  snprintf(name, sizeof name, "%s, %zu children, %s", row->name, children,
           row_trigger_name[trigger]);
  exact_gate(name, stats, 1, &ledger);
  if (trigger != NEVER) ck_assert_double_ge(stats->resamplings, 0.3);
}

START_TEST(a_choice_among_children_is_exact) {
  bool is_steered = _i < DENSITY;
  struct oracle_grid grid;
  struct row row = is_steered ? steered(_i, &grid) : integral(_i, &grid);
  struct oracle_law law =
      is_steered ? row_tilted(oracle_gaussian(&row.path, 1), center, stiffness)
                 : oracle_quadrature(&row.path, grid.n);
  struct exact_answer answer = row_answer(law);
  struct exact_stats stats;
  for (enum row_trigger trigger = NEVER; trigger < N_TRIGGERS; trigger++)
    if (_i != LAST || trigger != SOME_STEPS)
      collect(&row, rows[_i].children, trigger, &answer, &stats);
  oracle_grid_free(&grid);
}
END_TEST

static struct row brownian(struct oracle_grid *grid, const char *extra) {
  return (struct row){.name = "Brownian",
                      .schedule = "plugin = \"schedule_brownian\";",
                      .path = {.grid = grid, .zeta2 = 1, .start = START_PLAIN},
                      .extra = extra};
}

START_TEST(more_children_leave_less_variance) {
  struct oracle_grid grid = oracle_grid_brownian(1, 4);
  struct row row = brownian(
      &grid,
      "potentials = ({ plugin = \"quadratic\"; center = (1.5); stiffness = "
      "0.4; mode = \"difference\"; });");
  struct exact_answer answer =
      row_answer(row_tilted((struct oracle_law){0, 0, 1}, center, stiffness));
  struct exact_stats one, many;
  collect(&row, 1, EVERY_STEP, &answer, &one);
  collect(&row, 6, EVERY_STEP, &answer, &many);
  double ratio = sample_variance(&many.z) / sample_variance(&one.z);
  ck_assert_msg(ratio < 0.3, "the variance is only %g times that of one child",
                ratio);
  oracle_grid_free(&grid);
}
END_TEST

/* One Brownian step from the origin: n particles with m children each are n m
 * independent weights. */
START_TEST(children_of_one_step_are_as_good_as_particles) {
  struct oracle_grid grid = oracle_grid_brownian(1, 1);
  struct row row = {.name = "one step",
                    .schedule = "plugin = \"schedule_brownian\";",
                    .path = {.grid = &grid, .zeta2 = 1, .start = START_PLAIN},
                    .extra = rows[LAST].extra};
  struct oracle_law normal = {0, 0, 1};
  struct exact_answer answer =
      row_answer(row_tilted(normal, center, stiffness));
  struct exact_stats stats;
  double m[5] = {1, 1};
  for (int k = 2; k <= 4; k++)
    m[k] =
        exp(row_tilted(normal, center, k * stiffness).log_z - k * answer.log_z);
  collect(&row, 5, NEVER, &answer, &stats);
  exact_gate_variance(row.name, &stats, 32 * 5, m);
  oracle_grid_free(&grid);
}
END_TEST

START_TEST(threads_and_blocks_do_not_change_a_byte) {
  static const size_t threads[] = {2, 3, 7}, blocks[] = {1, 16, 7};
  struct oracle_grid grid;
  struct row row = steered(GUIDED, &grid);
  struct run_result one, many;
  char text[ROW_TEXT], extra[128];
  row_resampler("systematic", SOME_STEPS, 0.97, extra, sizeof extra);
  row_text(&row, extra, text);
  struct exact_config config = {text, 40, 5, 8, 1, 64, 3};
  exact_once(&config, &one);
  for (size_t i = 0; i < 3; i++) {
    config.threads = threads[i];
    config.block = blocks[i];
    exact_once(&config, &many);
    ck_assert(exact_same(&one, &many));
    run_result_free(&many);
  }
  run_result_free(&one);
  oracle_grid_free(&grid);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("children");
  for (int i = 0; i < N_ROWS; i++)
    exact_add_row(suite, rows[i].name, a_choice_among_children_is_exact, i);
  exact_add_row(suite, "variance", more_children_leave_less_variance, 0);
  exact_add_row(suite, "one step",
                children_of_one_step_are_as_good_as_particles, 0);
  exact_add_row(suite, "bytes", threads_and_blocks_do_not_change_a_byte, 0);
  return exact_main(suite, &ledger);
}
