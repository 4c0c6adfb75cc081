/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arrays of a config: nested lists or files, and the shapes that they must
 * have.  A shape is the text of a row: "d", "k,d", "d?"; see kac/plugin.h. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "config/schema_value.h"

enum { MAX_DIMS = 4 };

/* "means[1][2]" of the element at a flat index, or of fewer dimensions. */
static const char *element_name(const struct schema_value *value,
                                const size_t *index, size_t n) {
  struct arena *arena = value->schema->arena;
  const char *name = value->param->name;
  for (size_t i = 0; i < n && name; i++)
    name = arena_format(arena, "%s[%zu]", name, index[i]);
  return name ? name : value->param->name;
}

/* The shape of a nested list, taken from its first elements. */
static bool measure(const struct schema_value *value, kac_array *array) {
  const struct node *node = value->node;
  array->n = 1;
  while (node->kind == NODE_LIST) {
    if (array->n_dim == MAX_DIMS) {
      diag_error(value->schema->diag, EXIT_CONFIG, node->at,
                 "%s of %s: lists are nested more than %d deep",
                 value->param->name, value->what, (int)MAX_DIMS);
      return false;
    }
    if (node->n_children == 0) {
      diag_error(value->schema->diag, EXIT_CONFIG, node->at,
                 "%s of %s: list is empty", value->param->name, value->what);
      return false;
    }
    array->shape[array->n_dim++] = node->n_children;
    if (!memory_product(array->n, node->n_children, &array->n))
      return schema_no_memory(value->schema, node->at);
    node = node->child[0];
  }
  return true;
}

struct copy {
  const struct schema_value *value;
  const kac_array *array;
  double *to;
  size_t index[MAX_DIMS];
};

static bool copy_number(struct copy *copy, const struct node *node,
                        size_t depth) {
  if (node->kind == NODE_INT || node->kind == NODE_REAL) {
    *copy->to++ = node->kind == NODE_INT ? (double)node->integer : node->real;
    return true;
  }
  const struct schema_value *value = copy->value;
  diag_error(value->schema->diag, EXIT_CONFIG, node->at,
             "%s of %s: must be a number, not %s",
             element_name(value, copy->index, depth), value->what,
             node_kind_name(node));
  return false;
}

/* Recursion ends at MAX_DIMS. */
static bool copy_list(struct copy *copy, const struct node *node,
                      size_t depth) {
  if (depth == copy->array->n_dim) return copy_number(copy, node, depth);
  const struct schema_value *value = copy->value;
  size_t n = copy->array->shape[depth];
  if (node->kind != NODE_LIST || node->n_children != n) {
    const char *name = element_name(value, copy->index, depth);
    if (node->kind != NODE_LIST)
      diag_error(value->schema->diag, EXIT_CONFIG, node->at,
                 "%s of %s: must be a list of %zu, not %s", name, value->what,
                 n, node_kind_name(node));
    else
      diag_error(value->schema->diag, EXIT_CONFIG, node->at,
                 "%s of %s: has %zu values, the first one has %zu", name,
                 value->what, node->n_children, n);
    return false;
  }
  for (size_t i = 0; i < n; i++) {
    copy->index[depth] = i;
    if (!copy_list(copy, node->child[i], depth + 1)) return false;
  }
  return true;
}

static bool read_list(const struct schema_value *value, kac_array *array) {
  memset(array, 0, sizeof *array);
  if (!measure(value, array)) return false;
  double *data = arena_alloc(value->schema->arena, array->n * sizeof(double));
  if (!data) return schema_no_memory(value->schema, value->node->at);
  if (array->n_dim == 0) { /* a single number */
    array->n_dim = 1;
    array->shape[0] = 1;
    if (value->node->kind == NODE_INT)
      data[0] = (double)value->node->integer;
    else
      data[0] = value->node->real;
    array->data = data;
    return true;
  }
  struct copy copy = {value, array, data, {0}};
  array->data = data;
  return copy_list(&copy, value->node, 0);
}

static bool check_elements(const struct schema_value *value,
                           const kac_array *array) {
  for (size_t i = 0; i < array->n; i++) {
    char number[SCHEMA_NUMBER_BYTES], range[SCHEMA_RANGE_BYTES];
    double x = array->data[i];
    if (isfinite(x) && schema_in_range(value->param, x)) continue;
    size_t index[MAX_DIMS] = {0}, rest = i;
    for (size_t k = array->n_dim; k-- > 0; rest /= array->shape[k])
      index[k] = rest % array->shape[k];
    schema_number_text(x, number);
    schema_range_text(value->param, range);
    diag_error(value->schema->diag, EXIT_CONFIG, value->node->at,
               "%s = %s of %s: %s", element_name(value, index, array->n_dim),
               number, value->what, isfinite(x) ? range : "must be finite");
    return false;
  }
  return true;
}

/* --- shapes ----------------------------------------------------------------
 */

struct shape {
  size_t n_dim;
  bool is_optional; /* one number for all will do */
  char name[MAX_DIMS][16];
};

static struct shape parse_shape(const char *text) {
  struct shape shape = {0};
  const char *p = text ? text : "";
  while (*p && shape.n_dim < MAX_DIMS) {
    size_t n = strcspn(p, ",?");
    snprintf(shape.name[shape.n_dim++], sizeof shape.name[0], "%.*s", (int)n,
             p);
    p += n;
    if (*p == '?') shape.is_optional = true, p++;
    if (*p == ',') p++;
  }
  return shape;
}

/* "center has 3 values", "means has 2 columns" */
static const char *size_text(const struct schema_value *value,
                             const kac_array *array, size_t dim) {
  static const char *const units[2][2] = {{"row", "rows"},
                                          {"column", "columns"}};
  struct arena *arena = value->schema->arena;
  const char *name = value->param->name;
  size_t n = array->shape[dim];
  const char *text;
  if (array->n_dim == 1)
    text = arena_format(arena, "%s has %zu %s", name, n,
                        n == 1 ? "value" : "values");
  else if (array->n_dim == 2)
    text = arena_format(arena, "%s has %zu %s", name, n, units[dim][n != 1]);
  else
    text =
        arena_format(arena, "%s has %zu along dimension %zu", name, n, dim + 1);
  return text ? text : name;
}

static bool refuse_size(const struct schema_value *value, const char *has,
                        const char *must, struct place set) {
  const char *at = "", *end = "", *open = "";
  if (set.file) {
    open = " (set at ";
    at = schema_place_text(value->schema->arena, set);
    end = ")";
  }
  diag_error(value->schema->diag, EXIT_CONFIG, value->node->at, "%s, %s%s%s%s",
             has, must, open, at, end);
  return false;
}

/* The first array that uses a name says what it stands for. */
static bool check_name(const struct schema_value *value,
                       struct schema_sizes *sizes, const char *name,
                       const char *has, size_t size) {
  const size_t most = sizeof sizes->known / sizeof sizes->known[0];
  for (size_t i = 0; i < sizes->n; i++) {
    if (strcmp(sizes->known[i].name, name) != 0) continue;
    if (sizes->known[i].size == size) return true;
    return refuse_size(value, has, sizes->known[i].said, sizes->known[i].at);
  }
  if (sizes->n == most) return true;
  snprintf(sizes->known[sizes->n].name, sizeof sizes->known[0].name, "%s",
           name);
  sizes->known[sizes->n].size = size;
  sizes->known[sizes->n].said = has;
  sizes->known[sizes->n].at = value->node->at;
  sizes->n++;
  return true;
}

static bool check_size(const struct schema_value *value,
                       struct schema_sizes *sizes, const char *name,
                       const kac_array *array, size_t dim) {
  const struct schema *schema = value->schema;
  const struct place nowhere = {NULL, 0};
  const char *has = size_text(value, array, dim);
  size_t size = array->shape[dim];
  char must[64];
  if (strcmp(name, "d") == 0) {
    if (schema->n_real == 0 || size == schema->n_real) return true;
    snprintf(must, sizeof must, "state dimension is %zu", schema->n_real);
    return refuse_size(value, has, must, schema->state);
  }
  if (!isdigit((unsigned char)name[0]))
    return check_name(value, sizes, name, has, size);
  if (size == (size_t)strtoul(name, NULL, 10)) return true;
  snprintf(must, sizeof must, "must be %s", name);
  return refuse_size(value, has, must, nowhere);
}

/* A table of one row or one column is a vector where a vector is wanted, and
 * in one dimension a vector of points is a table of one column.  Where square
 * matrices are wanted, a table is one below the other: text files have no more
 * than rows and columns. */
static void adapt(const struct schema_value *value, const struct shape *shape,
                  kac_array *array) {
  bool is_square =
      shape->n_dim == 3 && strcmp(shape->name[1], shape->name[2]) == 0;
  if (is_square && array->n_dim == 2 &&
      array->shape[0] % array->shape[1] == 0) {
    array->n_dim = 3;
    array->shape[0] /= array->shape[1];
    array->shape[2] = array->shape[1];
  }
  if (shape->n_dim == 1 && array->n_dim == 2 &&
      (array->shape[0] == 1 || array->shape[1] == 1)) {
    array->n_dim = 1;
    array->shape[0] = array->n;
    array->shape[1] = 0;
  }
  bool is_line = value->schema->n_real == 1 && shape->n_dim == 2 &&
                 strcmp(shape->name[1], "d") == 0;
  if (is_line && array->n_dim == 1) {
    array->n_dim = 2;
    array->shape[1] = 1;
  }
}

static bool check_shape(const struct schema_value *value,
                        struct schema_sizes *sizes, kac_array *array) {
  struct shape shape = parse_shape(value->param->text);
  if (shape.n_dim == 0) return true;
  if (shape.is_optional && array->n == 1) return true;
  adapt(value, &shape, array);
  if (array->n_dim != shape.n_dim) {
    diag_error(value->schema->diag, EXIT_CONFIG, value->node->at,
               "%s of %s: must have %zu dimension%s (%s), not %zu",
               value->param->name, value->what, shape.n_dim,
               shape.n_dim == 1 ? "" : "s", value->param->text, array->n_dim);
    return false;
  }
  for (size_t k = 0; k < shape.n_dim; k++)
    if (!check_size(value, sizes, shape.name[k], array, k)) return false;
  return true;
}

bool schema_array(const struct schema_value *value, struct schema_sizes *sizes,
                  kac_array *array) {
  const struct node *node = value->node;
  if (node->kind == NODE_STRING) {
    if (!schema_read_array(value->schema, node->string, node->at, array))
      return false;
  } else if (node->kind == NODE_GROUP || node->kind == NODE_BOOL) {
    return schema_wrong_type(value, "numbers or the path of a file");
  } else if (!read_list(value, array)) {
    return false;
  }
  return check_elements(value, array) && check_shape(value, sizes, array);
}
