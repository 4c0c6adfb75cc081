/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What plugins allocate by themselves; see own.h. */
#include "sampler/own.h"

#include <string.h>

#include "plugin/table.h"

static bool is_head(const kac_component *component) {
  const kac_score_ops *ops = component->ops;
  return component->kind == KAC_SCORE &&
         KAC_HAS(kac_score_ops, ops, same_group) && ops->same_group;
}

static const char *text_at(const struct instance *instance,
                           const kac_param *param) {
  const char *text;
  memcpy(&text, (const char *)instance->config + param->offset, sizeof text);
  return text;
}

/* Do two read the same files?  There is one at least. */
static bool has_same_files(const struct instance *a, const struct instance *b) {
  const kac_component *component = a->component;
  size_t n_files = 0;
  for (size_t i = 0; i < component->n_params; i++) {
    const kac_param *param = table_row(component, i);
    if (param->type != KAC_T_STRING || !(param->flags & KAC_P_FILE)) continue;
    n_files++;
    if (strcmp(text_at(a, param), text_at(b, param)) != 0) return false;
  }
  return n_files > 0;
}

/* Heads of one network have it in memory once.  Plans come before create, so
 * same_group cannot be asked yet. */
static bool is_told(const struct spec *spec, size_t i) {
  const struct instance *one = spec->instances[i];
  if (!is_head(one->component)) return false;
  for (size_t k = 0; k < i; k++) {
    const struct instance *other = spec->instances[k];
    if (other->component == one->component &&
        other->plan.own_bytes == one->plan.own_bytes &&
        has_same_files(one, other))
      return true;
  }
  return false;
}

size_t own_bytes(const struct spec *spec) {
  size_t sum = 0;
  for (size_t i = 0; i < spec->n_instances; i++) {
    size_t bytes = spec->instances[i]->plan.own_bytes, left = SIZE_MAX - sum;
    if (bytes == 0 || is_told(spec, i)) continue;
    sum += bytes < left ? bytes : left;
  }
  return sum;
}
