/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of the exact catalogue: a path of targets as a config text, so that
 * the oracle and the run cannot be asked for different things. */
#ifndef KAC_TESTS_ROWS_H
#define KAC_TESTS_ROWS_H
#include "harness.h"
#include "oracle.h"

enum { ROW_TEXT = 4096 };

struct row {
  const char *name;
  const char *schedule; /* all of its keys but t_min and t_max */
  struct oracle_path path;
  const char
      *moves; /* integrators; NULL: Euler-Maruyama with the path's zeta */
  const char *weights; /* NULL: "rate" */
  const char *extra;   /* more of the config, or NULL */
  size_t replicates;
  double ess_below; /* of the third trigger; 0: 0.95 */
};
/* `extra` is put behind it: a resampler, for instance. */
void row_text(const struct row *row, const char *extra, char text[ROW_TEXT]);

/* How the rows are resampled. */
enum row_trigger { NEVER, EVERY_STEP, SOME_STEPS, N_TRIGGERS };
extern const char *const row_trigger_name[N_TRIGGERS];
void row_resampler(const char *plugin, enum row_trigger trigger,
                   double ess_below, char *text, size_t bytes);

/* One Gaussian factor N(mean, var)^power, started from N(mean_T, var_T/power)
 * at t_max, which is exact there: the initial weight is a constant. */
struct oracle_path row_anneal(const struct oracle_grid *grid, double mean,
                              double var, double power);
struct oracle_term row_gaussian(double mean, double var, double power);
struct exact_answer row_answer(struct oracle_law law);
/* N(mean, var) times exp(-stiffness (x - center)^2 / 2). */
struct oracle_law row_tilted(struct oracle_law law, double center,
                             double stiffness);

/* Collects `row` under one trigger (systematic), gates it, checks that the
 * trigger did what it says, and gives the statistics. */
void row_gate(const struct row *row, const char *resampler,
              enum row_trigger trigger, const struct exact_answer *answer,
              struct ledger *ledger, struct exact_stats *stats);
/* The same under each of the first n_triggers; every time `wrong` must be as
 * far away as a broken sampler would be. */
void row_gate_all(const struct row *row, size_t n_triggers,
                  const struct exact_answer *answer,
                  const struct exact_answer *wrong, struct ledger *ledger);

#endif
