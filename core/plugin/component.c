/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a component must say about itself before any of it is called: sizes,
 * name, texts, parameter table, and the functions that its kind requires. */
#include "plugin/component.h"

#include <string.h>

#include "plugin/table.h"

enum { STRUCT_BYTES_MAX = 4096, VERSION_MAX = 64 };

struct function {
  const char *name; /* NULL: none */
  size_t offset;
};
#define FUNCTION(type, name) \
  { #name, offsetof(type, name) }

/* What no component of a kind can do without.  An integrator needs one of two
 * (check_integrator); the second place only says how long its ops must be. */
static const struct function required[7][2] = {
    [KAC_SCORE] = {FUNCTION(kac_score_ops, eval), {NULL, 0}},
    [KAC_POTENTIAL] = {FUNCTION(kac_potential_ops, eval), {NULL, 0}},
    [KAC_RESAMPLER] = {FUNCTION(kac_resampler_ops, n_uniform),
                       FUNCTION(kac_resampler_ops, resample)},
    [KAC_SCHEDULE] = {FUNCTION(kac_schedule_ops, range),
                      FUNCTION(kac_schedule_ops, coeffs)},
    [KAC_OBSERVER] = {FUNCTION(kac_observer_ops, record), {NULL, 0}}};

const char *component_kind_phrase(uint32_t kind) {
  static const char *const phrases[7] = {
      "a plugin",    "a score",    "a potential", "an integrator",
      "a resampler", "a schedule", "an observer"};
  return phrases[kind < 7 ? kind : 0];
}

const char *component_required(uint32_t kind, size_t i) {
  return kind < 7 && i < 2 ? required[kind][i].name : NULL;
}

static bool is_aligned(const void *pointer) {
  return (uintptr_t)pointer % _Alignof(kac_component) == 0;
}

/* Smaller than the first release: nothing can be read; absurd: not a size. */
static bool check_size(const char *what, size_t size, size_t least,
                       struct reason why) {
  if (size >= least && size <= STRUCT_BYTES_MAX) return true;
  return reason_give(why,
                     "%s: struct_size is %zu, expected at least %zu and "
                     "at most %d",
                     what, size, least, STRUCT_BYTES_MAX);
}

static bool has_function(const void *ops, size_t offset) {
  void (*function)(void);
  memcpy(&function, (const char *)ops + offset, sizeof function);
  return function != NULL;
}

static bool check_required(const kac_component *component, struct reason why) {
  for (size_t i = 0; i < 2; i++) {
    const struct function *function = &required[component->kind][i];
    if (!function->name) continue;
    size_t end = function->offset + sizeof(void (*)(void));
    uint32_t size = *(const uint32_t *)component->ops;
    if (!check_size("ops", size, end, why)) return false;
    if (!has_function(component->ops, function->offset))
      return reason_give(why, "function '%s' is NULL, %s requires it",
                         function->name,
                         component_kind_phrase(component->kind));
  }
  return true;
}

static bool check_score(const kac_component *component, struct reason why) {
  const kac_score_ops *ops = component->ops;
  const uint64_t all = KAC_Q_SCORE | KAC_Q_X0 | KAC_Q_EPS | KAC_Q_VELOCITY |
                       KAC_Q_LOGP | KAC_Q_DIV | KAC_Q_VJP | KAC_Q_LOGITS;
  if (!(component->provides & all))
    return reason_give(why, "provides nothing that a score can give");
  if (component->provides & KAC_Q_SAMPLE &&
      !(KAC_HAS(kac_score_ops, ops, sample) && ops->sample))
    return reason_give(why,
                       "promises exact draws, but function 'sample' is "
                       "NULL");
  if (KAC_HAS(kac_score_ops, ops, eval_group) &&
      !ops->same_group != !ops->eval_group)
    return reason_give(why,
                       "has one of same_group and eval_group: both or "
                       "none");
  return true;
}

static bool check_integrator(const kac_component *component,
                             struct reason why) {
  const kac_integrator_ops *ops = component->ops;
  const uint64_t known = KAC_Q_B | KAC_Q_S | KAC_Q_X0 | KAC_Q_LOGPI;
  size_t least = offsetof(kac_integrator_ops, step);
  if (!check_size("ops", ops->struct_size, least, why)) return false;
  bool advances = ops->role & KAC_ADVANCES;
  bool invariant = ops->role & KAC_INVARIANT;
  bool has_step = KAC_HAS(kac_integrator_ops, ops, step) && ops->step;
  if (advances == invariant)
    return reason_give(why,
                       "role %u: an integrator either advances or leaves "
                       "the target invariant",
                       ops->role);
  if (advances && !ops->kernel && !has_step)
    return reason_give(why,
                       "functions 'kernel' and 'step' are NULL, an "
                       "integrator requires one of them");
  if (invariant && !has_step)
    return reason_give(why,
                       "function 'step' is NULL, an invariant move "
                       "requires it");
  if (ops->needs_field & ~known)
    return reason_give(why,
                       "needs a quantity of the field that this kac does "
                       "not know (bits 0x%llx)",
                       (unsigned long long)(ops->needs_field & ~known));
  return true;
}

static bool check_ops(const kac_component *component, struct reason why) {
  if (!component->ops) return reason_give(why, "ops is NULL");
  if (!is_aligned(component->ops)) return reason_give(why, "ops unaligned");
  if (component->kind == KAC_INTEGRATOR)
    return check_integrator(component, why);
  if (!check_required(component, why)) return false;
  if (component->kind == KAC_SCORE) return check_score(component, why);
  if (component->kind == KAC_POTENTIAL && !(component->provides & KAC_Q_PHI))
    return reason_give(why, "a potential must provide phi");
  return true;
}

static bool check_texts(const kac_component *component, struct reason why) {
  if (!table_is_name(component->name))
    return reason_give(why,
                       "name '%.64s' is no name: [a-z][a-z0-9_]*, at "
                       "most 64 letters",
                       component->name ? component->name : "");
  const char *version = component->version;
  if (!version || !version[0] || strnlen(version, VERSION_MAX) == VERSION_MAX)
    return reason_give(why, "version '%.64s' is empty or longer than %d",
                       version ? version : "", VERSION_MAX - 1);
  if (!component->summary || !component->summary[0])
    return reason_give(why, "has no summary");
  return true;
}

static bool check_traits(const kac_component *component, struct reason why) {
  bool sees_state = component->kind <= KAC_INTEGRATOR;
  if (sees_state && component->spans == 0)
    return reason_give(why, "spans is 0: it handles no kind of state");
  if (component->threads > KAC_THREADS_SELF)
    return reason_give(why, "unknown threads %u", component->threads);
  return true;
}

bool component_check(const kac_component *component, struct reason why) {
  if (!component || !is_aligned(component))
    return reason_give(why, "component is NULL or unaligned");
  size_t least = offsetof(kac_component, ops) + sizeof component->ops;
  if (!check_size("component", component->struct_size, least, why))
    return false;
  if (component->kind < KAC_SCORE || component->kind > KAC_OBSERVER)
    return reason_give(why, "unknown kind %u", component->kind);
  return check_texts(component, why) && check_traits(component, why) &&
         table_check(component, why) && check_ops(component, why);
}
