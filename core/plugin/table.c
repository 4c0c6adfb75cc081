/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The laws of a parameter table, checked before the host fills a config struct
 * from it, and the one way to walk it (rows may be longer than ours). */
#include "plugin/table.h"

#include <math.h>
#include <string.h>

enum { ROW_BYTES_MAX = 4096, CONFIG_BYTES_MAX = 1 << 20 };

static const char *const reserved[] = {
    "plugin",   "id",     "mode",   "at",       "strength",  "guide",
    "every",    "window", "when",   "noise",    "ess_below", "power",
    "jacobian", "repeat", "at_end", "at_steps", "cess_below"};

/* Keys of the host beside a potential only. */
static const char *const of_potentials[] = {"samples", "spread", "weight",
                                            "any_of",  "all_of", "not"};

const char *table_reserved(size_t i) {
  return i < sizeof reserved / sizeof *reserved ? reserved[i] : NULL;
}

const char *table_reserved_by_potentials(size_t i) {
  size_t n = sizeof of_potentials / sizeof *of_potentials;
  return i < n ? of_potentials[i] : NULL;
}

/* One row with its name where it has one, for messages. */
struct row {
  const kac_param *param;
  size_t config_size;
  bool is_potential;
  struct reason why;
};

const kac_param *table_row(const kac_component *component, size_t i) {
  const char *first = (const char *)component->params;
  return (const void *)(first + i * component->param_size);
}

bool table_is_name(const char *name) {
  if (!name || name[0] < 'a' || name[0] > 'z') return false;
  size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");
  return n <= TABLE_NAME_MAX && name[n] == '\0';
}

const char *table_choice(const char *text, size_t i, size_t *length) {
  for (; i > 0; i--) text += strcspn(text, "|") + 1;
  *length = strcspn(text, "|");
  return text;
}

size_t table_choices(const char *text) {
  if (!text) return 0;
  size_t n = 0;
  for (;; text++) {
    size_t length = strcspn(text, "|");
    if (length == 0) return 0;
    n++;
    text += length;
    if (*text == '\0') return n;
  }
}

static size_t type_bytes(uint32_t type) {
  switch (type) {
    case KAC_T_BOOL:
    case KAC_T_INT:
    case KAC_T_CHOICE:
      return sizeof(int64_t);
    case KAC_T_REAL:
      return sizeof(double);
    case KAC_T_STRING:
      return sizeof(const char *);
    case KAC_T_ARRAY:
      return sizeof(kac_array);
    default:
      return 0;
  }
}

static bool check_place(const struct row *row) {
  const kac_param *param = row->param;
  size_t bytes = type_bytes(param->type), offset = param->offset;
  if (bytes == 0)
    return reason_give(row->why, "parameter '%s': unknown type %u", param->name,
                       param->type);
  if (offset > row->config_size || bytes > row->config_size - offset)
    return reason_give(row->why,
                       "parameter '%s': bytes %zu to %zu lie outside the "
                       "config struct of %zu bytes",
                       param->name, offset, offset + bytes, row->config_size);
  if (offset % _Alignof(double) != 0)
    return reason_give(row->why, "parameter '%s': offset %zu is not aligned",
                       param->name, offset);
  return true;
}

static bool is_inside(const kac_param *param) {
  bool open_min = param->flags & KAC_P_OPEN_MIN;
  bool open_max = param->flags & KAC_P_OPEN_MAX;
  return (open_min ? param->def > param->min : param->def >= param->min) &&
         (open_max ? param->def < param->max : param->def <= param->max);
}

static bool check_range(const struct row *row) {
  const kac_param *param = row->param;
  if (!(param->min <= param->max))
    return reason_give(row->why, "parameter '%s': range %g to %g is empty",
                       param->name, param->min, param->max);
  if (param->type == KAC_T_ARRAY || param->flags & KAC_P_REQUIRED) return true;
  if (!is_inside(param))
    return reason_give(row->why,
                       "parameter '%s': default %g is outside "
                       "%c%g, %g%c",
                       param->name, param->def,
                       param->flags & KAC_P_OPEN_MIN ? '(' : '[', param->min,
                       param->max, param->flags & KAC_P_OPEN_MAX ? ')' : ']');
  bool is_whole = param->def == floor(param->def) && fabs(param->def) < 0x1p63;
  if (param->type != KAC_T_REAL && !is_whole)
    return reason_give(row->why, "parameter '%s': default %g is no integer",
                       param->name, param->def);
  return true;
}

static bool check_choices(const struct row *row) {
  const kac_param *param = row->param;
  size_t n = table_choices(param->text);
  if (n == 0)
    return reason_give(row->why, "parameter '%s': choices '%.64s' are empty",
                       param->name, param->text ? param->text : "");
  double def = param->def;
  if (param->flags & KAC_P_REQUIRED) return true;
  if (!(def >= 0 && def < (double)n && def == floor(def)))
    return reason_give(row->why,
                       "parameter '%s': default %g is none of its "
                       "%zu choices",
                       param->name, def, n);
  return true;
}

/* "n,d?": up to four names or numbers, each with an optional '?'. */
static bool is_shape(const char *text) {
  for (int n = 0; text && n < 4; n++) {
    size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_");
    if (length == 0) return false;
    text += length;
    text += *text == '?';
    if (*text == '\0') return true;
    if (*text++ != ',') return false;
  }
  return false;
}

static bool check_value(const struct row *row) {
  const kac_param *param = row->param;
  switch (param->type) {
    case KAC_T_STRING:
      return true;
    case KAC_T_CHOICE:
      return check_choices(row);
    case KAC_T_ARRAY:
      if (!is_shape(param->text))
        return reason_give(row->why, "parameter '%s': '%.64s' is no shape",
                           param->name, param->text ? param->text : "");
      return check_range(row);
    case KAC_T_BOOL:
      if (param->flags & KAC_P_REQUIRED || param->def == 0 || param->def == 1)
        return true;
      return reason_give(row->why,
                         "parameter '%s': default %g of a bool is "
                         "not 0 or 1",
                         param->name, param->def);
    default:
      return check_range(row);
  }
}

#define N_NAMES(list) (sizeof(list) / sizeof((list)[0]))

static bool is_one_of(const char *name, const char *const *list, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (strcmp(name, list[i]) == 0) return true;
  return false;
}

static bool is_reserved(const struct row *row) {
  const char *name = row->param->name;
  return is_one_of(name, reserved, N_NAMES(reserved)) ||
         (row->is_potential &&
          is_one_of(name, of_potentials, N_NAMES(of_potentials)));
}

static bool check_row(const struct row *row, size_t i) {
  const kac_param *param = row->param;
  const char *name = param->name;
  if (!table_is_name(name))
    return reason_give(row->why,
                       "parameter %zu: '%.64s' is no name: "
                       "[a-z][a-z0-9_]*, at most 64 letters",
                       i, name ? name : "");
  if (is_reserved(row))
    return reason_give(row->why, "parameter '%s': this key belongs to the host",
                       name);
  if (!param->doc || !param->doc[0])
    return reason_give(row->why, "parameter '%s': has no doc", name);
  if (!param->unit)
    return reason_give(row->why, "parameter '%s': unit is NULL, not \"\"",
                       name);
  return check_place(row) && check_value(row);
}

/* Row i against all before it: names and bytes belong to one row only. */
static bool check_unique(const kac_component *component, size_t i,
                         struct reason why) {
  const kac_param *a = table_row(component, i);
  for (size_t j = 0; j < i; j++) {
    const kac_param *b = table_row(component, j);
    if (strcmp(a->name, b->name) == 0)
      return reason_give(why, "parameter '%s': declared twice", a->name);
    if (a->offset < b->offset + type_bytes(b->type) &&
        b->offset < a->offset + type_bytes(a->type))
      return reason_give(why, "parameter '%s': shares bytes with '%s'", a->name,
                         b->name);
  }
  return true;
}

bool table_check(const kac_component *component, struct reason why) {
  size_t n = component->n_params, stride = component->param_size;
  if (component->config_size > CONFIG_BYTES_MAX)
    return reason_give(why, "config struct of %zu bytes, at most %d are taken",
                       component->config_size, CONFIG_BYTES_MAX);
  if (n == 0) return true;
  if (n > TABLE_MAX)
    return reason_give(why, "%zu parameters, at most %d are taken", n,
                       TABLE_MAX);
  if (!component->params)
    return reason_give(why, "%zu parameters, but the table is NULL", n);
  if (stride < sizeof(kac_param) || stride > ROW_BYTES_MAX ||
      stride % _Alignof(kac_param) != 0)
    return reason_give(why, "param_size is %zu, expected %zu", stride,
                       sizeof(kac_param));
  for (size_t i = 0; i < n; i++) {
    struct row row = {.param = table_row(component, i),
                      .config_size = component->config_size,
                      .is_potential = component->kind == KAC_POTENTIAL,
                      .why = why};
    if (!check_row(&row, i) || !check_unique(component, i, why)) return false;
  }
  return true;
}
