/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lists of plugins in a config: scores, target, integrators, resampler,
 * observers; potentials are in build_potentials.c. */
#include <kac/sdk.h>

#include "config/build.h"
#include "plugin/table.h"
#include "sampler/path.h"

/* The items of a list of groups; a missing list has none. */
bool build_list(struct build *build, const struct node *list, const char *name,
                size_t most, size_t *n) {
  *n = 0;
  if (!list) return true;
  if (list->kind != NODE_LIST)
    return build_error(build, list->at,
                       "%s: must be a list ( { ... }, ... ), not %s", name,
                       node_kind_name(list));
  if (list->n_children > most)
    return build_error(build, list->at, "%s: %zu entries, at most %zu", name,
                       list->n_children, most);
  *n = list->n_children;
  return true;
}

const char *build_prefix(struct build *build, const char *list, size_t i) {
  return arena_format(build->pipeline->arena, "%s[%zu].", list, i);
}

bool build_window(struct build *build, const kac_array *window,
                  const struct node *group, double *from, double *to) {
  *from = 0;
  *to = 1;
  if (window->n == 0) return true;
  if (window->n != 2 || !(window->data[0] <= window->data[1]))
    return build_error(build, build_key(group, "window", group->at),
                       "window: must be two numbers from <= to in [0,1]");
  *from = window->data[0];
  *to = window->data[1];
  return true;
}

bool build_scores(struct build *build) {
  struct spec *spec = build->spec;
  const struct node *list = build->top.scores;
  bool is_good = true;
  size_t n;
  if (!build_list(build, list, "scores", 64, &n)) return false;
  spec->scores = build_take(build, n, sizeof *spec->scores);
  for (size_t i = 0; spec->scores && i < n; i++) {
    struct section_plugin *keys = build_take(build, 1, sizeof *keys);
    const char *prefix = build_prefix(build, "scores", i);
    if (!keys || !prefix) return false;
    struct instance *score = build_instance(build, KAC_SCORE, list->child[i],
                                            prefix, SECTION_PLUGIN, keys);
    is_good = is_good && score;
    if (score) spec->scores[spec->n_scores++] = score;
  }
  return is_good && spec->scores;
}

struct instance *build_find_score(struct build *build, const char *id,
                                  struct place at, const char *what) {
  struct spec *spec = build->spec;
  const char *names[64];
  for (size_t i = 0; i < spec->n_scores; i++) {
    names[i] = spec->scores[i]->id;
    if (strcmp(names[i], id) == 0) return spec->scores[i];
  }
  const char *near = suggest(id, names, spec->n_scores, sizeof names[0]);
  if (near)
    build_error(build, at, "%s: no score has the id '%s'; did you mean '%s'?",
                what, id, near);
  else
    build_error(build, at, "%s: no score has the id '%s'", what, id);
  return NULL;
}

static bool add_term(struct build *build, const struct node *group, size_t i) {
  struct spec *spec = build->spec;
  struct section_term *keys = &build->terms[i];
  const char *prefix = build_prefix(build, "target", i);
  if (!prefix || !build_fill(build, group, prefix, "a factor of the target",
                             SECTION_TERM, keys, NULL))
    return false;
  struct place at = build_key(group, "score", group->at);
  struct instance *score = build_find_score(build, keys->score, at, "target");
  if (!score) return false;
  for (size_t k = 0; k < spec->n_terms; k++)
    if (spec->terms[k].score == score) {
      build_error(build, at,
                  "the score '%s' stands in the target twice: add up its "
                  "powers",
                  keys->score);
      return build_also_at(build, "the first one", build->term_at[k], at);
    }
  build->term_at[spec->n_terms] = group->at;
  spec->terms[spec->n_terms++] = (struct spec_term){score, keys->power};
  return true;
}

bool build_target(struct build *build) {
  const struct node *list = build->top.target;
  bool is_good = true;
  size_t n;
  if (!build_list(build, list, "target", PATH_MAX_TERMS, &n)) return false;
  build->terms = build_take(build, n, sizeof *build->terms);
  build->spec->terms = build_take(build, n + 1, sizeof *build->spec->terms);
  if (!build->terms || !build->spec->terms) return false;
  for (size_t i = 0; i < n; i++)
    is_good = add_term(build, list->child[i], i) && is_good;
  if (!list && build->spec->n_scores > 1)
    return build_error(build, build->top.scores->at,
                       "scores: %zu models and no target; say which: target = "
                       "( { score = \"%s\"; } )",
                       build->spec->n_scores, build->spec->scores[0]->id);
  if (list || build->spec->n_scores != 1) return is_good;
  /* One model and no target: the model itself. */
  build->term_at[0] = build->spec->scores[0]->at;
  build->spec->terms[build->spec->n_terms++] =
      (struct spec_term){build->spec->scores[0], ramp_constant(1)};
  return is_good;
}

static bool add_integrator(struct build *build, const struct node *group,
                           size_t i) {
  struct section_integrator *keys = &build->integrators[i];
  struct spec_integrator *to = &build->spec->integrators[i];
  const char *prefix = build_prefix(build, "integrators", i);
  if (!prefix) return false;
  to->instance = build_instance(build, KAC_INTEGRATOR, group, prefix,
                                SECTION_INTEGRATOR, keys);
  if (!to->instance) return false;
  to->noise = keys->noise;
  to->repeat = keys->repeat;
  return build_window(build, &keys->window, group, &to->from, &to->to);
}

bool build_integrators(struct build *build) {
  const struct node *list = build->top.integrators;
  struct spec *spec = build->spec;
  bool is_good = true;
  size_t n;
  if (!build_list(build, list, "integrators", 64, &n)) return false;
  if (n == 0)
    return build_error(build, list->at,
                       "integrators: the list is empty; "
                       "a run needs at least one move");
  build->integrators = build_take(build, n, sizeof *build->integrators);
  spec->integrators = build_take(build, n, sizeof *spec->integrators);
  if (!build->integrators || !spec->integrators) return false;
  for (size_t i = 0; i < n; i++)
    is_good = add_integrator(build, list->child[i], i) && is_good;
  spec->n_integrators = is_good ? n : 0;
  return is_good;
}

/* Of two ways to say the same thing, one. */
static bool has_one_trigger(struct build *build,
                            const struct section_resampler *keys) {
  const struct node *group = build->top.resampler;
  if (keys->at_steps.n > 0 && (keys->has_every || keys->window.n > 0)) {
    build_error(build, group->at,
                "resampler: at_steps names the steps, every and window choose "
                "them: give one or the other");
    return build_also(build, group, "at_steps every window", group->at);
  }
  if (!(keys->cess_below > 0 && keys->has_ess_below)) return true;
  build_error(build, group->at,
              "resampler: give either ess_below or cess_below");
  return build_also(build, group, "ess_below cess_below", group->at);
}

bool build_resampler(struct build *build) {
  struct spec_resampler *to = &build->spec->resampler;
  struct section_resampler *keys = build_take(build, 1, sizeof *keys);
  if (!build->top.resampler) return true;
  if (!keys) return false;
  to->instance = build_instance(build, KAC_RESAMPLER, build->top.resampler,
                                "resampler.", SECTION_RESAMPLER, keys);
  if (!to->instance) return false;
  to->ess_below = keys->ess_below;
  to->cess_below = keys->cess_below;
  to->every = keys->every;
  to->at_steps = keys->at_steps;
  to->is_biased = (to->instance->component->provides & KAC_R_BIASED) != 0;
  to->at_end = keys->at_end != 0;
  return has_one_trigger(build, keys) &&
         build_window(build, &keys->window, build->top.resampler, &to->from,
                      &to->to);
}

static bool has_observer(const struct spec *spec, const char *name) {
  for (size_t i = 0; i < spec->n_observers; i++)
    if (strcmp(spec->observers[i]->component->name, name) == 0) return true;
  return false;
}

/* trace is on by default: as if { plugin = "trace"; } stood in the list. */
static bool add_trace(struct build *build, size_t n) {
  struct spec *spec = build->spec;
  struct section_plugin *keys = build_take(build, 1, sizeof *keys);
  const char *prefix = build_prefix(build, "observers", n);
  struct node *name = build_take(build, 1, sizeof *name);
  struct node *group = build_take(build, 1, sizeof *group);
  struct node **child = build_take(build, 1, sizeof *child);
  if (!keys || !prefix || !name || !group || !child) return false;
  *name = (struct node){.kind = NODE_STRING,
                        .name = "plugin",
                        .at = build_place(build),
                        .string = "trace"};
  *group = (struct node){
      .kind = NODE_GROUP, .at = name->at, .child = child, .n_children = 1};
  child[0] = name;
  struct instance *trace =
      build_instance(build, KAC_OBSERVER, group, prefix, SECTION_PLUGIN, keys);
  if (trace) spec->observers[spec->n_observers++] = trace;
  return trace != NULL;
}

/* Two observers of one plugin must differ in something; those whose files have
 * names in the config, in these. */
static bool is_same_value(const kac_param *param, const void *a,
                          const void *b) {
  const kac_array *x = a, *y = b;
  const char *text[2] = {NULL, NULL};
  switch (param->type) {
    case KAC_T_STRING:
      memcpy(&text[0], a, sizeof text[0]);
      memcpy(&text[1], b, sizeof text[1]);
      return strcmp(text[0], text[1]) == 0;
    case KAC_T_ARRAY:
      return x->n == y->n && (x->n == 0 || memcmp(x->data, y->data,
                                                  x->n * sizeof(double)) == 0);
    default: /* int64_t or double */
      return memcmp(a, b, sizeof(int64_t)) == 0;
  }
}

/* What tells two instances apart has to be the name of their files, file or
 * prefix, if they have one: *name, or NULL. */
static bool is_double(const struct instance *a, const struct instance *b,
                      const char **name) {
  const kac_component *c = a->component;
  bool has_same_names = true, is_same = true;
  *name = NULL;
  if (c != b->component) return false;
  for (size_t i = 0; i < c->n_params; i++) {
    const kac_param *param = table_row(c, i);
    bool is_name =
        param->type == KAC_T_STRING && (strcmp(param->name, "file") == 0 ||
                                        strcmp(param->name, "prefix") == 0);
    bool is_equal =
        is_same_value(param, (const char *)a->config + param->offset,
                      (const char *)b->config + param->offset);
    if (is_name) *name = param->name;
    is_same = is_same && is_equal;
    has_same_names = has_same_names && (!is_name || is_equal);
  }
  return *name ? has_same_names : is_same;
}

static bool check_observers(struct build *build) {
  const struct spec *spec = build->spec;
  bool is_good = true;
  for (size_t i = 0; i < spec->n_observers; i++)
    for (size_t k = 0; k < i; k++) {
      const struct instance *a = spec->observers[k], *b = spec->observers[i];
      const char *name;
      if (!is_double(a, b, &name)) continue;
      is_good = build_error(
          build, b->at, "observers '%s' and '%s' (%s) report the same%s%s",
          a->id, b->id, a->component->name,
          name ? " and write the same files: give each another "
               : ": leave one "
                 "out",
          name ? name : "");
      build_also_at(build, "the first one", a->at, b->at);
    }
  return is_good;
}

bool build_observers(struct build *build) {
  const struct node *list = build->top.observers;
  struct spec *spec = build->spec;
  bool is_good = true;
  size_t n;
  if (!build_list(build, list, "observers", 64, &n)) return false;
  spec->observers = build_take(build, n + 1, sizeof *spec->observers);
  if (!spec->observers) return false;
  for (size_t i = 0; i < n; i++) {
    struct section_plugin *keys = build_take(build, 1, sizeof *keys);
    const char *prefix = build_prefix(build, "observers", i);
    if (!keys || !prefix) return false;
    struct instance *observer = build_instance(
        build, KAC_OBSERVER, list->child[i], prefix, SECTION_PLUGIN, keys);
    is_good = is_good && observer;
    if (observer) spec->observers[spec->n_observers++] = observer;
  }
  if (build->output.trace && !has_observer(spec, "trace"))
    is_good = add_trace(build, n) && is_good;
  return check_observers(build) && is_good;
}
