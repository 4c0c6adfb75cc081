/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When and how populations are resampled must not show in E[Z-hat] nor in the
 * weighted law (docs/methods.md section 5): one steering row, annealing and
 * reward at once, under every policy. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rows.h"

static struct ledger ledger; /* of this program */

static const double center = 1.5, stiffness = 0.4;

static const struct policy {
  const char *name, *keys;
  double least, most; /* resamplings per replicate */
} policies[] = {
    {"conditional ESS", "plugin = \"systematic\"; cess_below = 0.99;", 1, 18},
    {"conditional ESS, rarely looked at",
     "plugin = \"multinomial\"; cess_below = 0.95; every = 4;", 0.2, 4},
    {"at steps",
     "plugin = \"systematic\"; ess_below = 1.0; at_steps = [3, 8, 15, 20];", 4,
     4},
    {"partial", "plugin = \"partial\"; ess_below = 1.0;", 19, 19},
    {"partial, narrow",
     "plugin = \"partial\"; low = 0.9; high = 1.1; ess_below = 0.97;", 1, 18},
    {"at the end only",
     "plugin = \"systematic\"; ess_below = 0.0; at_end = true;", 1, 1},
};
enum { N_POLICIES = sizeof policies / sizeof *policies };

static struct row make(struct oracle_grid *grid) {
  *grid = oracle_grid_vp(2, 0, 1.5, 20);
  return (struct row){
      .name = "policies",
      .schedule = "plugin = \"vp\"; beta_min = 2.0; beta_max = 2.0;",
      .path = row_anneal(grid, 0.5, 0.7, 0.5),
      .extra =
          "potentials = ({ plugin = \"quadratic\"; center = (1.5); "
          "stiffness = 0.4; mode = \"difference\"; at = \"x0hat\"; });"};
}

START_TEST(every_policy_is_exact) {
  const struct policy *policy = &policies[_i];
  struct oracle_grid grid;
  struct row row = make(&grid);
  struct exact_answer answer =
      row_answer(row_tilted(oracle_gaussian(&row.path, 1), center, stiffness));
  struct exact_stats stats;
  char text[ROW_TEXT], extra[256];
  snprintf(extra, sizeof extra, "resampler = { %s };", policy->keys);
  row_text(&row, extra, text);
  struct exact_config config = {.text = text,
                                .particles = 64,
                                .replicates = 500,
                                .seed = 3000 + ledger.n};
  exact_collect(&config, 5000, &answer, &stats);
  exact_gate(policy->name, &stats, 1, &ledger);
  ck_assert_msg(
      stats.resamplings >= policy->least && stats.resamplings <= policy->most,
      "%s: %g resamplings", policy->name, stats.resamplings);
  oracle_grid_free(&grid);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("policies");
  for (int i = 0; i < N_POLICIES; i++)
    exact_add_row(suite, policies[i].name, every_policy_is_exact, i);
  return exact_main(suite, &ledger);
}
