/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The law that the same question has the same answer: in a second call, from a
 * second instance, and beside instances that have other parameters. */
#include "conform/laws.h"
#include "plugin/table.h"

/* False where two batches differ; `whose` and `how` are parts of a sentence. */
static bool agree(struct trial *trial, const struct batch *all,
                  const struct batch *other, const char *whose,
                  const char *how) {
  const char *name;
  size_t column;
  for (size_t i = 0; i < all->n; i++)
    if (!batch_same(other, i, all, i, &name, &column))
      return trial_broken(trial, "%s[%zu] of row %zu%s is another number %s",
                          name, column, i, whose, how);
  return true;
}

static bool look_again(struct trial *trial, const struct sheet *sheet,
                       const struct batch *all, const char *how) {
  struct batch other = {0};
  bool is_kept = sheet_ask(sheet, trial, 0, all->n, &other) &&
                 agree(trial, all, &other, "", how);
  batch_free(&other);
  return is_kept;
}

/* A second instance, made later, as a rerun has it. */
static bool look_second(struct trial *trial, const struct sheet *sheet,
                        const struct batch *all) {
  struct trial second;
  struct trial_wish wish = {.dim = trial->options->dim};
  struct batch other = {0};
  bool is_kept = trial_open(&second, trial->options, trial->component->kind,
                            &wish, trial->verdict) &&
                 trial_lend(&second);
  if (!is_kept)
    trial_broken(trial, "a second instance: %s", trial_messages(&second));
  is_kept = is_kept && sheet_ask(sheet, &second, 0, all->n, &other) &&
            agree(trial, all, &other, "", "from a second instance");
  batch_free(&other);
  trial_close(&second);
  return is_kept;
}

/* Asked now, at another time, and now again: what it remembers of a time must
 * be its own.  Whether it can be made and asked is a matter of other laws. */
static bool is_steady(struct trial *trial, const struct sheet *sheet,
                      struct trial *other, const char *whose) {
  struct batch first = {0}, away = {0}, again = {0};
  size_t step = other->step;
  bool is_asked = sheet_ask(sheet, other, 0, sheet->n, &first);
  other->step = step > 0 ? 0 : 1;
  is_asked = is_asked && sheet_ask(sheet, other, 0, sheet->n, &away);
  other->step = step;
  is_asked = is_asked && sheet_ask(sheet, other, 0, sheet->n, &again);
  bool is_kept = !is_asked || agree(trial, &first, &again, whose,
                                    "after a call at another time");
  batch_free(&first);
  batch_free(&away);
  batch_free(&again);
  return is_kept;
}

/* A static or global variable is everybody's. */
static bool look_beside(struct trial *trial, const struct sheet *sheet,
                        const struct batch *all, const char *set) {
  struct trial other;
  struct trial_wish wish = {.dim = trial->options->dim, .set = set};
  struct verdict verdict = *trial->verdict;
  char whose[240], how[240];
  snprintf(whose, sizeof whose, " of an instance with %s", set);
  snprintf(how, sizeof how, "beside an instance with %s", set);
  bool is_open = trial_open(&other, trial->options, trial->component->kind,
                            &wish, &verdict) &&
                 trial_lend(&other);
  bool is_kept = !is_open || (is_steady(trial, sheet, &other, whose) &&
                              look_again(trial, sheet, all, how));
  trial_close(&other);
  return is_kept;
}

static bool look(struct trial *trial, const struct sheet *sheet,
                 struct batch *all) {
  const kac_component *component = trial->component;
  char set[160];
  if (!look_second(trial, sheet, all) ||
      !look_again(trial, sheet, all, "in a second call"))
    return false;
  for (size_t i = 0; i < component->n_params && !trial->options->config; i++)
    if (law_set_number(set, table_row(component, i), 0.37) &&
        !look_beside(trial, sheet, all, set))
      return false;
  return true;
}

bool law_repeats(struct trial *trial) {
  if (trial->component->kind == KAC_RESAMPLER) return resampler_repeats(trial);
  if (trial->component->kind == KAC_SCHEDULE) return schedule_repeats(trial);
  return law_with_all(trial, look);
}
