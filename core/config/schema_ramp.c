/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A number that changes along the run, as the config says it: a number, a
 * group { from; to; shape; }, or a group { table = ((s, value), ...); }. */
#include <string.h>

#include "config/schema_value.h"

struct keys {
  double from, to;
  int64_t shape;
  const struct node *table;
};
enum { ROW_FROM, ROW_TO, ROW_SHAPE, ROW_TABLE, N_ROWS };
static const kac_param ROWS[N_ROWS] = {
    KAC_REAL(struct keys, from, 0, 0, 0, "", "value at the noise end"),
    KAC_REAL(struct keys, to, 0, 0, 0, "", "value at the data end"),
    KAC_CHOICE(struct keys, shape, RAMP_LINEAR, "linear|cosine|geometric",
               "how it goes from one to the other"),
    SCHEMA_ROW_NODE(struct keys, table, 0, "pairs (progress, value)"),
};

static bool refuse(const struct schema_value *value, struct place at,
                   const char *why) {
  diag_error(value->schema->diag, EXIT_CONFIG, at, "%s of %s: %s",
             value->param->name, value->what, why);
  return false;
}

static bool node_number(const struct node *node, double *number) {
  if (node->kind != NODE_INT && node->kind != NODE_REAL) return false;
  *number = node->kind == NODE_INT ? (double)node->integer : node->real;
  return true;
}

/* One (s, value) behind those that were read before. */
static bool read_pair(const struct schema_value *value, const struct node *pair,
                      size_t i, double *at, double *number) {
  char why[SCHEMA_RANGE_BYTES + 96], range[SCHEMA_RANGE_BYTES];
  char s[SCHEMA_NUMBER_BYTES];
  if (pair->kind != NODE_LIST || pair->n_children != 2 ||
      !node_number(pair->child[0], &at[i]) ||
      !node_number(pair->child[1], &number[i])) {
    snprintf(why, sizeof why, "table[%zu] must be a pair (s, value)", i);
    return refuse(value, pair->at, why);
  }
  schema_number_text(at[i], s);
  if (!(at[i] >= 0 && at[i] <= 1)) {
    snprintf(why, sizeof why, "table[%zu]: s = %s must be in [0, 1]", i, s);
    return refuse(value, pair->at, why);
  }
  if (i > 0 && !(at[i] > at[i - 1])) {
    snprintf(why, sizeof why, "table[%zu]: s = %s must increase", i, s);
    return refuse(value, pair->at, why);
  }
  if (schema_in_range(value->param, number[i])) return true;
  schema_number_text(number[i], s);
  schema_range_text(value->param, range);
  snprintf(why, sizeof why, "table[%zu]: value %s %s", i, s, range);
  return refuse(value, pair->at, why);
}

static bool read_table(const struct schema_value *value,
                       const struct node *table, struct ramp *ramp) {
  size_t n = table->kind == NODE_LIST ? table->n_children : 0;
  if (n == 0)
    return refuse(value, table->at, "table must be a list ((s, value), ...)");
  double *at = arena_alloc(value->schema->arena, n * sizeof *at);
  double *number = arena_alloc(value->schema->arena, n * sizeof *number);
  if (!at || !number) return schema_no_memory(value->schema, table->at);
  bool is_good = true;
  for (size_t i = 0; i < n; i++)
    if (!read_pair(value, table->child[i], i, at, number)) is_good = false;
  struct ramp table_ramp = {RAMP_TABLE, number[0], number[n - 1],
                            n,          at,        number};
  *ramp = table_ramp;
  return is_good;
}

static bool read_ends(const struct schema_value *value, const struct keys *keys,
                      struct ramp *ramp) {
  ramp->shape = (enum ramp_shape)keys->shape;
  ramp->from = keys->from;
  ramp->to = keys->to;
  bool same_sign =
      (keys->from > 0 && keys->to > 0) || (keys->from < 0 && keys->to < 0);
  if (ramp->shape != RAMP_GEOMETRIC || same_sign) return true;
  return refuse(value, value->node->at,
                "a geometric shape needs from and to of the same sign, not 0");
}

/* Either the table alone or both ends. */
static bool check_keys(const struct schema_value *value,
                       const struct keys *keys) {
  const struct node *from = node_get(value->node, "from");
  const struct node *to = node_get(value->node, "to");
  const struct node *shape = node_get(value->node, "shape");
  const struct node *other = from ? from : to ? to : shape;
  if (keys->table && other) {
    const char *text = schema_place_text(value->schema->arena, keys->table->at);
    refuse(value, other->at, "either table, or from, to and shape");
    if (keys->table->at.line != other->at.line && text)
      diag_hint(value->schema->diag, "table is set at %s", text);
    return false;
  }
  if (!keys->table && !(from && to))
    return refuse(value, value->node->at, "needs from and to, or table");
  return true;
}

bool schema_ramp(const struct schema_value *value, struct ramp *ramp) {
  const struct node *node = value->node;
  const struct schema *schema = value->schema;
  double number = 0;
  if (node->kind != NODE_GROUP) {
    if (node->kind != NODE_INT && node->kind != NODE_REAL)
      return schema_wrong_type(value, "a number or a group { from; to; }");
    if (!schema_real(value, &number)) return false;
    *ramp = ramp_constant(number);
    return true;
  }
  struct keys keys = {0};
  kac_param rows[N_ROWS];
  memcpy(rows, ROWS, sizeof rows);
  rows[ROW_FROM].min = rows[ROW_TO].min = value->param->min;
  rows[ROW_FROM].max = rows[ROW_TO].max = value->param->max;
  rows[ROW_FROM].flags = rows[ROW_TO].flags =
      value->param->flags & (KAC_P_OPEN_MIN | KAC_P_OPEN_MAX);
  struct schema_part part = {rows, N_ROWS, sizeof rows[0], &keys, NULL};
  const char *what =
      arena_format(schema->arena, "%s of %s", value->param->name, value->what);
  if (!what) return schema_no_memory(schema, node->at);
  if (!schema_fill(schema, node, node->at, what, &part, 1)) return false;
  if (!check_keys(value, &keys)) return false;
  return keys.table ? read_table(value, keys.table, ramp)
                    : read_ends(value, &keys, ramp);
}
