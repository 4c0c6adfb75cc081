/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steering rows of the exact catalogue.  Whatever the mode, the point of
 * evaluation and the guide, the weighted law at the end is that of the sampler
 * actually run, here N(m, P) by the Gaussian recursion, times exp(r(x_0))
 * (docs/methods.md section 4): all rows have one and the same answer. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rows.h"

static struct ledger ledger; /* of this program */

static const double center = 1.5, stiffness = 0.4;

static const struct {
  const char *name, *keys;
} rows[] = {
    {"final", "mode = \"final\";"},
    {"difference at x",
     "mode = \"difference\"; at = \"x\"; window = (0.84, 1.0);"},
    {"difference at x0hat", "mode = \"difference\"; at = \"x0hat\";"},
    {"every third", "mode = \"difference\"; at = \"x0hat\"; every = 3;"},
    {"window", "mode = \"difference\"; at = \"x0hat\"; window = (0.3, 0.8);"},
    {"steps", "mode = \"difference\"; at = \"x0hat\"; at_steps = [3, 4, 15];"},
    {"samples", "mode = \"difference\"; at = \"x0hat\"; samples = 4;"},
    {"one sample, sum",
     "mode = \"sum\"; at = \"x0hat\"; every = 10; samples = 1;"},
    {"samples of a width",
     "mode = \"difference\"; at = \"x0hat\"; samples = 2; spread = 0.4;"},
    {"max", "mode = \"max\"; at = \"x0hat\"; every = 6;"},
    {"sum", "mode = \"sum\"; at = \"x0hat\"; every = 10;"},
    {"current", "mode = \"current\"; at = \"x0hat\"; every = 10;"},
    {"guided at x",
     "mode = \"difference\"; at = \"x\"; window = (0.84, 1.0); guide = 0.5;"},
    {"guided at x0hat", "mode = \"difference\"; at = \"x0hat\"; guide = 0.7;"},
    {"guided, final", "mode = \"final\"; at = \"x0hat\"; guide = 0.7;"},
    {"wrong way", "mode = \"difference\"; at = \"x0hat\"; guide = -0.2;"},
};
enum { N_ROWS = sizeof rows / sizeof *rows };

START_TEST(every_way_of_steering_has_the_same_answer) {
  struct oracle_grid grid = oracle_grid_vp(2, 0, 1.5, 20);
  struct row row = {
      .name = rows[_i].name,
      .schedule = "plugin = \"vp\"; beta_min = 2.0; beta_max = 2.0;",
      .path = row_anneal(&grid, 0.5, 0.7, 0.5),
      .replicates = 4000};
  struct oracle_law plain = oracle_gaussian(&row.path, 1);
  struct exact_answer answer = row_answer(row_tilted(plain, center, stiffness));
  struct exact_answer untilted = row_answer(plain);
  char potential[512];
  snprintf(potential, sizeof potential,
           "potentials = ({ plugin = \"quadratic\"; center = (%g); "
           "stiffness = %g; %s });",
           center, stiffness, rows[_i].keys);
  row.extra = potential;
  bool is_final = strstr(rows[_i].keys, "final") != NULL; /* one look */
  row_gate_all(&row, is_final ? SOME_STEPS : N_TRIGGERS, &answer, &untilted,
               &ledger);
  oracle_grid_free(&grid);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("steering");
  for (int i = 0; i < N_ROWS; i++)
    exact_add_row(suite, rows[i].name,
                  every_way_of_steering_has_the_same_answer, i);
  return exact_main(suite, &ledger);
}
