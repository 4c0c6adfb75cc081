/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Config texts from paths of targets. */
#include "rows.h"

#include <check.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *const row_trigger_name[N_TRIGGERS] = {"never", "every step",
                                                  "some steps"};

__attribute__((format(printf, 2, 3))) static void say(char text[ROW_TEXT],
                                                      const char *format, ...) {
  size_t used = strlen(text);
  va_list args;
  va_start(args, format);
  int n = vsnprintf(text + used, ROW_TEXT - used, format, args);
  va_end(args);
  ck_assert_msg(n >= 0 && (size_t)n < ROW_TEXT - used, "the row is too long");
}

static void say_ramp(char text[ROW_TEXT], const char *key,
                     struct oracle_ramp ramp) {
  if (ramp.from < ramp.to || ramp.from > ramp.to)
    say(text, "%s = { from = %.17g; to = %.17g; shape = \"linear\"; }; ", key,
        ramp.from, ramp.to);
  else
    say(text, "%s = %.17g; ", key, ramp.from);
}

static void say_list(char text[ROW_TEXT], const char *key, const char *format,
                     const double *value, size_t n) {
  say(text, "%s = (", key);
  for (size_t i = 0; i < n; i++) {
    char number[64];
    snprintf(number, sizeof number, "%.17g", value[i]);
    say(text, "%s", i ? ", " : "");
    say(text, strcmp(format, "(%s)") == 0 ? "(%s)" : "%s", number);
  }
  say(text, "); ");
}

static void say_scores(char text[ROW_TEXT], const struct oracle_path *path) {
  say(text, "scores = (");
  for (size_t i = 0; i < path->n_terms; i++) {
    const struct oracle_mixture *q = &path->term[i].q;
    say(text, "%s{ id = \"q%zu\"; ", i ? ", " : "", i);
    if (q->n == 1) {
      say(text, "plugin = \"gaussian\"; ");
      say_list(text, "mean", "%s", q->mean, 1);
      say_list(text, "variance", "%s", q->var, 1);
    } else {
      say(text, "plugin = \"gmm\"; ");
      say_list(text, "means", "(%s)", q->mean, q->n);
      say_list(text, "weights", "%s", q->weight, q->n);
      say_list(text, "variances", "%s", q->var, q->n);
    }
    say(text, "}");
  }
  say(text, ");\ntarget = (");
  for (size_t i = 0; i < path->n_terms; i++) {
    say(text, "%s{ score = \"q%zu\"; ", i ? ", " : "", i);
    say_ramp(text, "power", path->term[i].power);
    say(text, "}");
  }
  say(text, ");\n");
}

static void say_reward(char text[ROW_TEXT],
                       const struct oracle_reward *reward) {
  if (reward->kind == REWARD_NONE) return;
  say(text,
      "potentials = ({ plugin = \"quadratic\"; center = (%.17g); "
      "stiffness = %.17g; mode = \"%s\"; ",
      reward->center, reward->stiffness,
      reward->kind == REWARD_INTEGRAL ? "integral" : "rate");
  say_ramp(text, "strength", reward->strength);
  say(text, "});\n");
}

void row_text(const struct row *row, const char *extra, char text[ROW_TEXT]) {
  const struct oracle_path *path = &row->path;
  const struct oracle_grid *grid = path->grid;
  text[0] = 0;
  say(text, "state = { real = 1; };\n");
  say(text, "schedule = { %s t_min = %.17g; t_max = %.17g; };\n", row->schedule,
      grid->t[grid->n], grid->t[0]);
  say(text, "time = { steps = %zu; spacing = \"uniform\"; };\n", grid->n);
  say_scores(text, path);
  say(text, "path = { frame = \"%s\"; ",
      path->is_matched ? "matched" : "noise");
  if (path->is_matched) say(text, "sigma_data = %.17g; ", path->sigma_data);
  say(text, "weights = \"%s\"; };\n", row->weights ? row->weights : "rate");
  say_reward(text, &path->reward);
  if (row->moves)
    say(text, "integrators = (%s);\n", row->moves);
  else
    say(text,
        "integrators = ({ plugin = \"euler_maruyama\"; noise = %.17g; });\n",
        sqrt(path->zeta2));
  say(text,
      "start = { law = \"gaussian\"; mean = (%.17g); variance = %.17g; };\n",
      path->start_mean, path->start_var);
  say(text, "%s\n%s\n", row->extra ? row->extra : "", extra);
}

void row_resampler(const char *plugin, enum row_trigger trigger,
                   double ess_below, char *text, size_t bytes) {
  text[0] = 0;
  if (trigger == NEVER) return;
  double below = ess_below > 0 ? ess_below : 0.95;
  snprintf(text, bytes, "resampler = { plugin = \"%s\"; ess_below = %g; };",
           plugin, trigger == EVERY_STEP ? 1.0 : below);
}

struct oracle_term row_gaussian(double mean, double var, double power) {
  return (struct oracle_term){{1, {1}, {mean}, {var}}, {power, power}};
}

struct oracle_path row_anneal(const struct oracle_grid *grid, double mean,
                              double var, double power) {
  double a = grid->alpha[0], s = grid->sigma[0];
  return (struct oracle_path){.grid = grid,
                              .term = {row_gaussian(mean, var, power)},
                              .n_terms = 1,
                              .zeta2 = 1,
                              .start = START_WEIGHTED,
                              .start_mean = a * mean,
                              .start_var = (a * a * var + s * s) / power};
}

struct exact_answer row_answer(struct oracle_law law) {
  return (struct exact_answer){law.log_z, 1, {law.mean}, {law.var}};
}

struct oracle_law row_tilted(struct oracle_law law, double center,
                             double stiffness) {
  double k = 1 + stiffness * law.var, off = center - law.mean;
  return (struct oracle_law){
      law.log_z - 0.5 * log(k) - 0.5 * stiffness * off * off / k,
      (law.mean + stiffness * center * law.var) / k, law.var / k};
}

static void has_resampled(const struct row *row, enum row_trigger trigger,
                          const struct exact_stats *stats) {
  double steps = (double)row->path.grid->n;
  double least = trigger == NEVER ? 0 : trigger == SOME_STEPS ? 0.5 : steps - 1;
  double most = trigger == NEVER ? 0 : steps;
  ck_assert_msg(stats->resamplings >= least && stats->resamplings <= most,
                "%s, %s: %g resamplings in %g steps", row->name,
                row_trigger_name[trigger], stats->resamplings, steps);
}

void row_gate(const struct row *row, const char *resampler,
              enum row_trigger trigger, const struct exact_answer *answer,
              struct ledger *ledger, struct exact_stats *stats) {
  char text[ROW_TEXT], extra[128], name[128];
  row_resampler(resampler, trigger, row->ess_below, extra, sizeof extra);
  row_text(row, extra, text);
  struct exact_config config = {.text = text,
                                .particles = 64,
                                .replicates = 500,
                                .seed = 1000 + ledger->n};
  exact_collect(&config, row->replicates, answer, stats);
  snprintf(name, sizeof name, "%s, %s, %s", row->name, resampler,
           row_trigger_name[trigger]);
  exact_gate(name, stats, answer->dim, ledger);
  has_resampled(row, trigger, stats);
}

void row_gate_all(const struct row *row, size_t n_triggers,
                  const struct exact_answer *answer,
                  const struct exact_answer *wrong, struct ledger *ledger) {
  for (size_t k = 0; k < n_triggers; k++) {
    struct exact_stats stats;
    row_gate(row, "systematic", (enum row_trigger)k, answer, ledger, &stats);
    ck_assert_double_gt(exact_distance(&stats, answer, wrong), exact_power());
  }
}
