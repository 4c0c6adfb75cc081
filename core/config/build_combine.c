/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A potential of the config: a plugin, or a combination of potentials that may
 * be combinations themselves: { any_of = ( { ... }, ... ) }, { all_of = ( ... )
 * }, { not = { ... } }.  How it steers stands on the outermost entry only. */
#include <kac/sdk.h>

#include "config/build.h"
#include "sampler/combine.h"

enum { MAX_CHILDREN = 128, N_FORMS = 3 }; /* of all combinations together */
static const char *const forms[N_FORMS + 1] = {"any_of", "all_of", "not",
                                               "plugin"};

/* Built into the host: there is no file of it. */
static const kac_module host_module = {KAC_MAGIC, sizeof host_module,
                                       KAC_ABI_MAJOR, 0, NULL};
static struct module built_in = {.path = "built in", .data = &host_module};

/* Which form a group has; N_FORMS: a plugin, or nothing that says so. */
static bool find_form(struct build *build, const struct node *group,
                      size_t *form) {
  *form = N_FORMS;
  if (group->kind != NODE_GROUP) return true; /* build_instance says it */
  const char *found = NULL;
  for (size_t k = 0; k <= N_FORMS; k++) {
    if (!node_get(group, forms[k])) continue;
    if (found) {
      build_error(build, group->at,
                  "a potential is one of plugin, any_of, all_of and not: this "
                  "one has both %s and %s",
                  found, forms[k]);
      build_also(build, group, found, group->at);
      return build_also(build, group, forms[k], group->at);
    }
    found = forms[k];
    *form = k;
  }
  return true;
}

/* Keys that say how a potential steers. */
static bool check_child_keys(struct build *build, const struct node *group) {
  static const char *const outer[] = {
      "mode",  "at",     "strength", "guide",   "jacobian",
      "every", "window", "at_steps", "samples", "spread"};
  for (size_t k = 0; k < sizeof outer / sizeof outer[0]; k++) {
    const struct node *node =
        group->kind == NODE_GROUP ? node_get(group, outer[k]) : NULL;
    if (node)
      return build_error(build, node->at,
                         "%s stands on the outermost entry of a combination, "
                         "not on its parts",
                         outer[k]);
  }
  return true;
}

/* How many groups: those of a list, or the one of not. */
static bool count_children(struct build *build, const struct node *node,
                           bool is_not, size_t *n) {
  *n = 1;
  if (is_not) return true;
  if (!build_list(build, node, node->name, MAX_CHILDREN, n)) return false;
  if (*n > 0) return true;
  return build_error(build, node->at, "%s: the list is empty", node->name);
}

static struct instance *add_child(struct build *build, const struct node *group,
                                  const char *prefix, bool is_not,
                                  double *weight) {
  struct section_child *keys = build_take(build, 1, sizeof *keys);
  if (!keys || !check_child_keys(build, group)) return NULL;
  if (++build->n_children > MAX_CHILDREN) {
    build_error(build, group->at, "combinations have more than %d parts",
                MAX_CHILDREN);
    return NULL;
  }
  struct instance *child =
      is_not ? build_potential(build, group, prefix, SECTION_NOT,
                               SECTION_NOT_COMBINED, keys)
             : build_potential(build, group, prefix, SECTION_CHILD,
                               SECTION_CHILD_COMBINED, keys);
  *weight = keys->weight;
  return child;
}

static bool add_children(struct build *build, const struct node *node,
                         const char *prefix, struct combine *combine) {
  bool is_not = combine->kind == COMBINE_NOT, is_good = true;
  size_t n;
  if (!count_children(build, node, is_not, &n)) return false;
  combine->child = build_take(build, n, sizeof *combine->child);
  combine->weight = build_take(build, n, sizeof *combine->weight);
  if (!combine->child || !combine->weight) return false;
  for (size_t k = 0; k < n; k++) {
    const char *where = forms[combine->kind];
    const char *path = arena_format(build->pipeline->arena, "%s%s%c", prefix,
                                    where, is_not ? '.' : '\0');
    if (path && !is_not) path = build_prefix(build, path, k);
    if (!path) return false;
    combine->child[k] = add_child(build, is_not ? node : node->child[k], path,
                                  is_not, &combine->weight[k]);
    is_good = is_good && combine->child[k];
  }
  combine->n = n;
  return is_good;
}

static struct instance *build_combination(struct build *build,
                                          const struct node *group,
                                          const char *prefix,
                                          enum section_id id, size_t form,
                                          void *host_config) {
  struct combine *combine = build_take(build, 1, sizeof *combine);
  struct instance *instance = build_take(build, 1, sizeof *instance);
  kac_component *component = build_take(build, 1, sizeof *component);
  if (!combine || !instance || !component) return NULL;
  combine->kind = (enum combine_kind)form;
  component->kind = KAC_POTENTIAL; /* the rest when its parts are known */
  *instance = (struct instance){.component = component,
                                .module = &built_in,
                                .at = group->at,
                                .config = combine};
  if (!build_fill(build, group, prefix, forms[form], id, host_config, NULL))
    return NULL;
  if (!build_register(build, instance, group, prefix, host_config)) return NULL;
  if (!add_children(build, node_get(group, forms[form]), prefix, combine))
    return NULL;
  *component = combine_component(combine);
  return instance;
}

struct instance *build_potential(struct build *build, const struct node *group,
                                 const char *prefix, enum section_id plugin,
                                 enum section_id combined, void *host_config) {
  size_t form;
  if (!find_form(build, group, &form)) return NULL;
  if (form < N_FORMS)
    return build_combination(build, group, prefix, combined, form, host_config);
  return build_instance(build, KAC_POTENTIAL, group, prefix, plugin,
                        host_config);
}
