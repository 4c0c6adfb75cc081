/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The closed schema: see schema.h.  Here are the keys of a group; values are
 * in schema_value.c, schema_ramp.c and schema_array.c. */
#include "config/schema.h"

#include <string.h>

#include "config/schema_value.h"

struct fill {
  const struct schema *schema;
  const struct node *group;
  struct place at;
  const char *what;
  const struct schema_part *parts;
  size_t n_parts;
};

static const kac_param *row(const struct schema_part *part, size_t i) {
  const void *at = (const char *)part->params + i * part->param_size;
  return at;
}

static void set_default(const kac_param *param, void *target) {
  switch (param->type) {
    case KAC_T_BOOL:
    case KAC_T_INT:
    case KAC_T_CHOICE:
      *(int64_t *)target = (int64_t)param->def;
      break;
    case KAC_T_REAL:
      *(double *)target = param->def;
      break;
    case KAC_T_STRING:
      *(const char **)target = param->text ? param->text : "";
      break;
    case SCHEMA_RAMP:
      *(struct ramp *)target = ramp_constant(param->def);
      break;
    default: /* arrays, nodes and given flags are zero */
      break;
  }
}

static const char *file_key(const struct fill *fill, const char *name) {
  const char *key = arena_format(fill->schema->arena, "%s_file", name);
  if (!key) schema_no_memory(fill->schema, fill->at);
  return key;
}

/* The node of a key, for an array also that of KEY_file. */
static bool find(const struct fill *fill, const kac_param *param,
                 const struct node **node) {
  *node = node_get(fill->group, param->name);
  if (param->type != KAC_T_ARRAY) return true;
  const char *key = file_key(fill, param->name);
  if (!key) return false;
  const struct node *file = node_get(fill->group, key);
  if (file && *node) {
    diag_error(fill->schema->diag, EXIT_CONFIG, file->at,
               "both %s and %s of %s", param->name, key, fill->what);
    diag_hint(fill->schema->diag, "%s is set at %s", param->name,
              schema_place_text(fill->schema->arena, (*node)->at));
    return false;
  }
  if (file && file->kind != NODE_STRING) {
    diag_error(fill->schema->diag, EXIT_CONFIG, file->at,
               "%s of %s: must be the path of a file, not %s", key, fill->what,
               node_kind_name(file));
    return false;
  }
  if (file) *node = file;
  return true;
}

/* Presence of a key that another row may describe as an array. */
static int64_t is_given(const struct fill *fill, const char *name) {
  const char *key = file_key(fill, name);
  return node_get(fill->group, name) || (key && node_get(fill->group, key));
}

static bool fill_row(const struct fill *fill, const struct schema_part *part,
                     size_t i, struct schema_sizes *sizes) {
  const kac_param *param = row(part, i);
  void *target = (char *)part->config + param->offset;
  const struct node *node = NULL;
  set_default(param, target);
  if (part->origin) memset(&part->origin[i], 0, sizeof part->origin[i]);
  if (param->type == SCHEMA_GIVEN) {
    *(int64_t *)target = is_given(fill, param->name);
    return true;
  }
  if (!find(fill, param, &node)) return false;
  if (!node && !(param->flags & KAC_P_REQUIRED)) return true;
  if (!node) {
    diag_error(fill->schema->diag, EXIT_CONFIG, fill->at, "%s needs the key %s",
               fill->what, param->name);
    if (param->doc && param->doc[0])
      diag_hint(fill->schema->diag, "%s: %s", param->name, param->doc);
    return false;
  }
  if (part->origin) part->origin[i] = node->at;
  struct schema_value value = {fill->schema, fill->what, node, param};
  return schema_value(&value, sizes, target);
}

/* Every key that the parts know, KEY_file among them; NULL: no memory. */
static const char **known_keys(const struct fill *fill, size_t *n) {
  size_t most = 1;
  for (size_t k = 0; k < fill->n_parts; k++)
    most += 2 * fill->parts[k].n_params;
  const char **names = arena_alloc(fill->schema->arena, most * sizeof names[0]);
  *n = 0;
  for (size_t k = 0; names && k < fill->n_parts; k++) {
    for (size_t i = 0; i < fill->parts[k].n_params; i++) {
      const kac_param *param = row(&fill->parts[k], i);
      if (param->type == SCHEMA_GIVEN) continue;
      names[(*n)++] = param->name;
      if (param->type != KAC_T_ARRAY) continue;
      const char *key = file_key(fill, param->name);
      if (!key) return NULL;
      names[(*n)++] = key;
    }
  }
  if (!names) schema_no_memory(fill->schema, fill->at);
  return names;
}

static void refuse_key(const struct fill *fill, const struct node *node,
                       const char **names, size_t n) {
  struct diag *diag = fill->schema->diag;
  const char *near = suggest(node->name, names, n, sizeof names[0]);
  if (near) {
    diag_error(diag, EXIT_CONFIG, node->at,
               "unknown key '%s' for %s; did you mean '%s'?", node->name,
               fill->what, near);
    return;
  }
  diag_error(diag, EXIT_CONFIG, node->at, "unknown key '%s' for %s", node->name,
             fill->what);
  const char *list = n > 0 ? names[0] : "none";
  for (size_t i = 1; i < n && list; i++)
    list = arena_format(fill->schema->arena, "%s, %s", list, names[i]);
  if (list) diag_hint(diag, "known: %s", list);
}

static bool check_keys(const struct fill *fill) {
  size_t n = 0;
  const char **names = known_keys(fill, &n);
  if (!names) return false;
  bool is_good = true;
  for (size_t k = 0; k < fill->group->n_children; k++) {
    const struct node *node = fill->group->child[k];
    bool is_known = false;
    for (size_t i = 0; i < n; i++)
      if (strcmp(names[i], node->name) == 0) is_known = true;
    if (!is_known) refuse_key(fill, node, names, n);
    is_good = is_good && is_known;
  }
  return is_good;
}

bool schema_fill(const struct schema *schema, const struct node *group,
                 struct place at, const char *what,
                 const struct schema_part *parts, size_t n_parts) {
  struct fill fill = {schema, group, group ? group->at : at,
                      what,   parts, n_parts};
  bool is_good = true;
  if (group && group->kind != NODE_GROUP) {
    diag_error(schema->diag, EXIT_CONFIG, fill.at,
               "%s: must be a group { ... }, not %s", what,
               node_kind_name(group));
    return false;
  }
  if (group) is_good = check_keys(&fill);
  for (size_t k = 0; k < n_parts; k++) {
    struct schema_sizes sizes = {0};
    for (size_t i = 0; i < parts[k].n_params; i++)
      if (!fill_row(&fill, &parts[k], i, &sizes)) is_good = false;
  }
  return is_good;
}
