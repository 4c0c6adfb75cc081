/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The law of scores that one call evaluates together. */
#include <kac/sdk.h>

#include "conform/ask.h"
#include "conform/laws.h"
#include "plugin/table.h"

static const kac_score_ops *ops_of(const struct trial *trial) {
  return trial->component->ops;
}

static bool has_group(const struct trial *trial) {
  return KAC_HAS(kac_score_ops, ops_of(trial), eval_group) &&
         ops_of(trial)->same_group && ops_of(trial)->eval_group;
}

/* --- another one beside it -------------------------------------------------
 */
static bool open_other(struct trial *other, const struct trial *trial,
                       const char *set) {
  struct trial_wish wish = {.dim = trial->options->dim, .set = set};
  if (trial_open(other, trial->options, KAC_SCORE, &wish, trial->verdict) &&
      ops_of(trial)->same_group(trial->instance->self, other->instance->self))
    return trial_lend(other);
  trial_close(other);
  return false;
}

/* With another value of a number, if it still belongs to the group. */
static bool open_relative(struct trial *other, const struct trial *trial) {
  const kac_component *component = trial->component;
  for (size_t i = 0; !trial->options->config && i < component->n_params; i++) {
    const kac_param *param = table_row(component, i);
    double low = fmax(param->min, -10), high = fmin(param->max, 10);
    char set[128];
    if (param->type != KAC_T_REAL || !(low < high)) continue;
    snprintf(set, sizeof set, "%s=%.6e", param->name, low + 0.3 * (high - low));
    if (open_other(other, trial, set)) return true;
  }
  return open_other(other, trial, NULL);
}

/* --- together and apart ----------------------------------------------------
 */
static bool compare(struct trial *trial, const struct batch *together,
                    const struct batch *apart, const char *which) {
  const char *name;
  size_t column;
  for (size_t i = 0; i < apart->n; i++)
    if (!batch_same(together, i, apart, i, &name, &column))
      return trial_broken(trial,
                          "%s[%zu] of row %zu of the %s of two is another "
                          "number than in a call of its own",
                          name, column, i, which);
  return true;
}

static bool look(struct trial *trial, struct trial *other,
                 const struct sheet *sheet) {
  struct batch apart[2] = {0}, together[2] = {0};
  struct batch *group[2] = {&together[0], &together[1]};
  double t = sheet_time(trial);
  uint64_t bits = batch_bits(trial);
  bool is_kept =
      sheet_ask(sheet, trial, 0, sheet->n, &apart[0]) &&
      sheet_ask(sheet, other, 0, sheet->n, &apart[1]) &&
      batch_new(group[0], trial, sheet->n, sheet->row, sheet->x, bits, t) &&
      batch_new(group[1], other, sheet->n, sheet->row, sheet->x, bits, t);
  is_kept = is_kept && batch_ask_group(group, 2) &&
            compare(trial, group[0], &apart[0], "first") &&
            compare(trial, group[1], &apart[1], "second");
  for (size_t k = 0; k < 2; k++) {
    batch_free(&apart[k]);
    batch_free(&together[k]);
  }
  return is_kept;
}

bool law_group(struct trial *trial) {
  struct trial other;
  struct sheet sheet;
  if (!has_group(trial)) return trial_skipped(trial, "it has no eval_group");
  if (trial->component->threads != KAC_THREADS_BLOCK)
    return trial_skipped(trial, "groups are for KAC_THREADS_BLOCK");
  if (!open_relative(&other, trial))
    return trial_skipped(trial, "two instances alike are no group");
  bool is_kept = sheet_open(&sheet, trial) && look(trial, &other, &sheet);
  sheet_close(&sheet);
  trial_close(&other);
  return is_kept;
}
