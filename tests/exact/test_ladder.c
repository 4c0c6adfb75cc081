/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ladders of powers without noising (annealed importance sampling): a Gaussian
 * in 20 dimensions sharpened from q to q^1.5 by MALA moves, that leave every
 * rung exactly invariant.  E[Z-hat] is the integral of q^1.5 for any ladder and
 * any number of steps, only because the weight of a rung is the exact
 * difference delta p log q at the old point: a rate times du is off by more the
 * larger d is (docs/methods.md section 3). */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "rows.h"

enum { DIM = 20, STEPS = 12, TEXT_BYTES = 4096 };
static struct ledger ledger; /* of this program */

static const double final_power = 1.5, var = 2;

static const struct {
  const char *name, *shape, *moves;
} rows[] = {
    {"geometric", "geometric", "step = 0.1;"},
    {"linear, long moves", "linear", "step = 0.2;"},
};
enum { N_ROWS = sizeof rows / sizeof *rows };

static void ladder_text(int number, enum row_trigger trigger,
                        char text[TEXT_BYTES]) {
  char resampler[128];
  row_resampler("systematic", trigger, 0, resampler, sizeof resampler);
  int n = snprintf(
      text, TEXT_BYTES,
      "state = { real = %d; };\n"
      "schedule = { plugin = \"static\"; t_min = 0.0; t_max = 1.0; };\n"
      "time = { steps = %d; spacing = \"uniform\"; };\n"
      "scores = ({ id = \"q\"; plugin = \"gaussian\"; variance = %g; });\n"
      "target = ({ score = \"q\"; power = { from = 1.0; to = %g; "
      "shape = \"%s\"; }; });\n"
      "integrators = ({ plugin = \"mala\"; %s });\n"
      "start = { law = \"gaussian\"; variance = %g; };\n%s\n",
      DIM, STEPS, var, final_power, rows[number].shape, rows[number].moves, var,
      resampler);
  ck_assert(n > 0 && n < TEXT_BYTES);
}

START_TEST(a_ladder_in_twenty_dimensions_is_exact) {
  char text[TEXT_BYTES], name[128];
  struct exact_answer answer = {.dim = 2};
  double p = final_power;
  answer.log_z = -0.5 * DIM * (log(p) + (p - 1) * log(2 * ORACLE_PI * var));
  for (size_t d = 0; d < answer.dim; d++) answer.var[d] = var / p;
  for (enum row_trigger trigger = NEVER; trigger < N_TRIGGERS; trigger++) {
    struct exact_stats stats;
    ladder_text(_i, trigger, text);
    struct exact_config config = {text, 100, 150, 200 + ledger.n, 0, 0, 0};
    exact_collect(&config, 5000, &answer, &stats);
    snprintf(name, sizeof name, "%s, %s", rows[_i].name,
             row_trigger_name[trigger]);
    exact_gate(name, &stats, answer.dim, &ledger);
    ck_assert_double_ge(stats.resamplings, trigger == NEVER ? 0 : 1);
  }
}
END_TEST

int main(void) {
  Suite *suite = suite_create("ladder");
  for (int i = 0; i < N_ROWS; i++)
    exact_add_row(suite, rows[i].name, a_ladder_in_twenty_dimensions_is_exact,
                  i);
  return exact_main(suite, &ledger);
}
