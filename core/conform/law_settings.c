/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A law asked again of instances in another dimension, where a loop may end too
 * early, and with other parameters: a factor that has been forgotten is often 1
 * at the defaults. */
#include <kac/sdk.h>
#include <stdlib.h>

#include "conform/laws.h"
#include "plugin/table.h"

enum { MOST_TOGETHER = 16, WORD = 160, IN_SPACE = 5 };
#define MOST_SECONDS 10 /* of a law; then no further setting is begun */

struct settings {
  struct trial *trial;
  bool (*is_kept)(struct trial *);
  double begin;
  size_t n_kept;
  char together[MOST_TOGETHER][WORD]; /* every number at its first value */
  size_t n_together;
};

/* --- one setting -----------------------------------------------------------
 */
/* What cannot be made or called so is refused: a matter of `bounds`. */
static bool ask_of(struct settings *settings, const struct trial_wish *wish,
                   const struct trial_options *options, const char *name) {
  struct trial *trial = settings->trial, tried;
  struct verdict verdict = *trial->verdict;
  bool is_kept = true;
  verdict.code = VERDICT_NONE;
  if (trial_open(&tried, options, trial->component->kind, wish, &verdict)) {
    bool is_own = settings->is_kept(&tried);
    settings->n_kept += is_own;
    is_kept = is_own || verdict.code != VERDICT_BROKEN ||
              law_is_refusal(verdict.text) ||
              trial_broken(trial, "%s: %.400s", name, verdict.text);
  }
  trial_close(&tried);
  return is_kept;
}

/* A state of one's own has its dimension, and so have points. */
static bool ask_in_space(struct settings *settings) {
  struct trial_options options = *settings->trial->options;
  struct trial_wish wish = {.dim = IN_SPACE};
  if (options.particles > 0 || options.points || options.dim >= IN_SPACE)
    return true;
  options.dim = IN_SPACE;
  return ask_of(settings, &wish, &options, "in 5 dimensions");
}

static bool ask(struct settings *settings, const char *const *sets, size_t n,
                const char *name) {
  const struct trial_options *options = settings->trial->options;
  struct trial_wish wish = {.dim = options->dim, .sets = sets, .n_sets = n};
  char with[320];
  if (run_seconds() - settings->begin > MOST_SECONDS) return true;
  snprintf(with, sizeof with, "with %s", name);
  return ask_of(settings, &wish, options, with);
}

static bool ask_one(struct settings *settings, const char *set) {
  return ask(settings, &set, 1, set);
}

/* --- values ----------------------------------------------------------------
 */
/* Beside the default and off the ends, where a parameter may mean "none"; k
 * tells two values apart.  The default itself: there is no other. */
static double beside(const kac_param *param, size_t k) {
  static const double steps[2][2] = {{0.7, 1.9}, {-0.4, -0.8}};
  bool is_low = !(param->def > param->min);
  bool is_high = !(param->def < param->max);
  size_t way = is_low ? 0 : is_high ? 1 : k;
  double scale = fabs(param->def) > 0 ? fabs(param->def) : 1;
  double value = param->def + steps[way][way == k ? 0 : 1] * scale;
  if (param->type == KAC_T_BOOL) return k == 0 ? 1 - param->def : param->def;
  if (param->type == KAC_T_INT)
    return fmin(fmax(way == 0 ? ceil(value) : floor(value), param->min),
                param->max);
  if (value >= param->max) value = 0.5 * (param->def + param->max);
  if (value <= param->min) value = 0.5 * (param->def + param->min);
  return value;
}

/* Reals in few digits, for the report. */
static bool write_value(char set[WORD], const kac_param *param, double value) {
  if (param->type != KAC_T_REAL) return law_write_number(set, param, value);
  snprintf(set, WORD, "%s=%.3e", param->name, value);
  return true;
}

static bool ask_numbers(struct settings *settings, const kac_param *param) {
  for (size_t k = 0; k < 2; k++) {
    double value = beside(param, k);
    char set[WORD];
    if (!(value < param->def || value > param->def) ||
        !write_value(set, param, value))
      continue;
    if (!ask_one(settings, set)) return false;
    if (k == 0 && settings->n_together < MOST_TOGETHER)
      memcpy(settings->together[settings->n_together++], set, sizeof set);
  }
  return true;
}

static bool ask_choices(struct settings *settings, const kac_param *param) {
  char set[WORD];
  size_t n = table_choices(param->text);
  for (size_t i = 0; i < n; i++) {
    if ((double)i < param->def || (double)i > param->def) {
      law_write_choice(set, param, i);
      if (!ask_one(settings, set)) return false;
    }
  }
  return true;
}

static bool ask_together(struct settings *settings) {
  const char *sets[MOST_TOGETHER];
  char name[300];
  int used = 0;
  if (settings->n_together < 2) return true;
  for (size_t i = 0; i < settings->n_together; i++) {
    sets[i] = settings->together[i];
    if (used < (int)sizeof name - 1)
      used += snprintf(name + used, sizeof name - (size_t)used, "%s%s",
                       i > 0 ? ", " : "", sets[i]);
  }
  return ask(settings, sets, settings->n_together, name);
}

bool law_elsewhere(struct trial *trial, bool (*is_kept)(struct trial *),
                   bool is_kept_here) {
  const kac_component *component = trial->component;
  struct settings settings = {
      .trial = trial, .is_kept = is_kept, .begin = run_seconds()};
  bool is_good = is_kept_here || trial->verdict->code == VERDICT_SKIPPED;
  if (!is_good || trial->options->config) return is_kept_here;
  is_good = ask_in_space(&settings);
  for (size_t i = 0; is_good && i < component->n_params; i++) {
    const kac_param *param = table_row(component, i);
    is_good = param->type == KAC_T_CHOICE ? ask_choices(&settings, param)
                                          : ask_numbers(&settings, param);
  }
  is_good = is_good && ask_together(&settings);
  return is_good && (is_kept_here || settings.n_kept > 0);
}
