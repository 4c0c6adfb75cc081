/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One value of the config against its row: types, ranges, choices. */
#include "config/schema_value.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_CHOICES = 64 };

bool schema_no_memory(const struct schema *schema, struct place at) {
  diag_error(schema->diag, EXIT_RESOURCE, at, "no memory for the config");
  return false;
}

const char *schema_place_text(struct arena *arena, struct place at) {
  if (!at.file) return "kac";
  if (at.line == 0) return at.file;
  const char *text = arena_format(arena, "%s:%d", at.file, at.line);
  return text ? text : at.file;
}

void schema_number_text(double x, char *text) {
  if (fabs(x) < 1e15 && !(floor(x) < x)) {
    snprintf(text, SCHEMA_NUMBER_BYTES, "%.0f", x);
    return;
  }
  for (int digits = 6; digits <= 17; digits++) {
    snprintf(text, SCHEMA_NUMBER_BYTES, "%.*g", digits, x);
    double again = strtod(text, NULL);
    if (!(again < x) && !(again > x)) return;
  }
}

/* The value as it may be quoted, or NULL for groups and lists. */
static const char *value_text(const struct schema_value *value) {
  const struct node *node = value->node;
  struct arena *arena = value->schema->arena;
  char number[SCHEMA_NUMBER_BYTES];
  switch (node->kind) {
    case NODE_INT:
      return arena_format(arena, "%" PRId64, node->integer);
    case NODE_REAL:
      schema_number_text(node->real, number);
      return arena_copy(arena, number);
    case NODE_BOOL:
      return node->integer ? "true" : "false";
    case NODE_STRING:
      return arena_format(arena, "\"%.60s%s\"", node->string,
                          strlen(node->string) > 60 ? "..." : "");
    default:
      return NULL;
  }
}

/* "steps = 64.5 of time", or "steps of time" for what is no single value. */
static const char *subject(const struct schema_value *value) {
  const char *text = value_text(value), *name = value->param->name;
  struct arena *arena = value->schema->arena;
  const char *all =
      text ? arena_format(arena, "%s = %s of %s", name, text, value->what)
           : arena_format(arena, "%s of %s", name, value->what);
  return all ? all : name;
}

bool schema_wrong_type(const struct schema_value *value, const char *wanted) {
  diag_error(value->schema->diag, EXIT_CONFIG, value->node->at,
             "%s: must be %s, not %s", subject(value), wanted,
             node_kind_name(value->node));
  return false;
}

bool schema_in_range(const kac_param *param, double x) {
  bool low = param->flags & KAC_P_OPEN_MIN ? x > param->min : x >= param->min;
  bool high = param->flags & KAC_P_OPEN_MAX ? x < param->max : x <= param->max;
  return low && high;
}

void schema_range_text(const kac_param *param, char *text) {
  const double none = 1e308; /* a bound that says nothing */
  bool is_open_min = param->flags & KAC_P_OPEN_MIN;
  bool is_open_max = param->flags & KAC_P_OPEN_MAX;
  char min[SCHEMA_NUMBER_BYTES], max[SCHEMA_NUMBER_BYTES];
  schema_number_text(param->min, min);
  schema_number_text(param->max, max);
  if (param->min > -none && param->max < none)
    snprintf(text, SCHEMA_RANGE_BYTES, "must be in %c%s, %s%c",
             is_open_min ? '(' : '[', min, max, is_open_max ? ')' : ']');
  else if (param->min > -none)
    snprintf(text, SCHEMA_RANGE_BYTES, "must be %s %s",
             is_open_min ? ">" : ">=", min);
  else if (param->max < none)
    snprintf(text, SCHEMA_RANGE_BYTES, "must be %s %s",
             is_open_max ? "<" : "<=", max);
  else
    snprintf(text, SCHEMA_RANGE_BYTES, "must be finite");
}

static bool check_range(const struct schema_value *value, double x) {
  char range[SCHEMA_RANGE_BYTES];
  if (schema_in_range(value->param, x)) return true;
  schema_range_text(value->param, range);
  diag_error(value->schema->diag, EXIT_CONFIG, value->node->at, "%s: %s",
             subject(value), range);
  return false;
}

bool schema_real(const struct schema_value *value, double *real) {
  const struct node *node = value->node;
  if (node->kind == NODE_INT)
    *real = (double)node->integer;
  else if (node->kind == NODE_REAL)
    *real = node->real;
  else if (node->kind == NODE_STRING && strcmp(node->string, "inf") == 0)
    *real = HUGE_VAL;
  else if (node->kind == NODE_STRING && strcmp(node->string, "-inf") == 0)
    *real = -HUGE_VAL;
  else
    return schema_wrong_type(value, "a number");
  return check_range(value, *real);
}

/* A real is fine where it is a whole number that int64 holds. */
static bool integer(const struct schema_value *value, int64_t *target) {
  const struct node *node = value->node;
  if (node->kind == NODE_INT) {
    *target = node->integer;
    return check_range(value, (double)node->integer);
  }
  if (node->kind != NODE_REAL) return schema_wrong_type(value, "an integer");
  bool fits = node->real >= -0x1p63 && node->real < 0x1p63;
  if (fits && !(floor(node->real) < node->real)) {
    *target = (int64_t)node->real;
    return check_range(value, node->real);
  }
  diag_error(value->schema->diag, EXIT_CONFIG, node->at,
             fits ? "%s: must be an integer" : "%s: must fit 64 bits",
             subject(value));
  return false;
}

static bool truth(const struct schema_value *value, int64_t *target) {
  if (value->node->kind != NODE_BOOL)
    return schema_wrong_type(value, "true or false");
  *target = value->node->integer;
  return true;
}

const char *schema_path(const struct schema *schema, const char *path) {
  bool is_here = !schema->base || strcmp(schema->base, "") == 0 ||
                 strcmp(schema->base, ".") == 0;
  if (is_here || path[0] == '/' || path[0] == '\0') return path;
  return arena_format(schema->arena, "%s/%s", schema->base, path);
}

static bool text(const struct schema_value *value, const char **target) {
  if (value->node->kind != NODE_STRING)
    return schema_wrong_type(value, "a string");
  bool is_path = value->param->flags & KAC_P_FILE;
  *target = is_path ? schema_path(value->schema, value->node->string)
                    : value->node->string;
  return *target || schema_no_memory(value->schema, value->node->at);
}

/* The names of "a|b|c"; 0: no memory. */
static size_t split_choices(struct arena *arena, const char *choices,
                            const char *names[MAX_CHOICES]) {
  size_t n = 0;
  char *p = arena_copy(arena, choices);
  while (p && n < MAX_CHOICES) {
    names[n++] = p;
    p = strchr(p, '|');
    if (p) *p++ = '\0';
  }
  return n;
}

/* "a, b or c" */
static const char *choice_list(struct arena *arena, const char *const *names,
                               size_t n) {
  const char *list = n > 0 ? names[0] : "";
  for (size_t i = 1; i < n && list; i++)
    list = arena_format(arena, "%s%s%s", list, i + 1 < n ? ", " : " or ",
                        names[i]);
  return list ? list : "";
}

static bool choice(const struct schema_value *value, int64_t *target) {
  const char *names[MAX_CHOICES];
  const struct node *node = value->node;
  struct arena *arena = value->schema->arena;
  size_t n = split_choices(arena, value->param->text, names);
  if (n == 0) return schema_no_memory(value->schema, node->at);
  for (size_t i = 0; node->kind == NODE_STRING && i < n; i++) {
    if (strcmp(names[i], node->string) != 0) continue;
    *target = (int64_t)i;
    return true;
  }
  const char *near = NULL;
  if (node->kind == NODE_STRING)
    near = suggest(node->string, names, n, sizeof names[0]);
  diag_error(value->schema->diag, EXIT_CONFIG, node->at, "%s: must be %s%s%s%s",
             subject(value), choice_list(arena, names, n),
             near ? "; did you mean '" : "", near ? near : "",
             near ? "'?" : "");
  return false;
}

bool schema_value(const struct schema_value *value, struct schema_sizes *sizes,
                  void *target) {
  switch (value->param->type) {
    case KAC_T_BOOL:
      return truth(value, target);
    case KAC_T_INT:
      return integer(value, target);
    case KAC_T_REAL:
      return schema_real(value, target);
    case KAC_T_STRING:
      return text(value, target);
    case KAC_T_CHOICE:
      return choice(value, target);
    case KAC_T_ARRAY:
      return schema_array(value, sizes, target);
    case SCHEMA_RAMP:
      return schema_ramp(value, target);
    default: /* SCHEMA_NODE */
      *(const struct node **)target = value->node;
      return true;
  }
}
