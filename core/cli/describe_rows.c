/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of a parameter table as columns, as JSON, and as lines of a config. */
#include "cli/describe_rows.h"

#include <stdbool.h>
#include <string.h>

#include "cli/describe_words.h"
#include "config/schema.h"
#include "plugin/table.h"

void rows_put(FILE *out, const char *text, const char *margin) {
  for (; *text; text++) {
    unsigned char c = (unsigned char)*text;
    if (c == '\n')
      fprintf(out, "\n%s", margin);
    else
      putc(c < 0x20 || c == 0x7f ? '?' : c, out);
  }
}

static const kac_param *row(const struct rows *rows, size_t i) {
  size_t n_first = rows->n - rows->n_more;
  if (i >= n_first) return &rows->more[i - n_first];
  return (const void *)((const char *)rows->params + i * rows->bytes);
}

/* Rows that say whether a key was given are no keys; they come last. */
static size_t n_keys(const kac_param *params, size_t n) {
  while (n > 0 && params[n - 1].type == SCHEMA_GIVEN) n--;
  return n;
}

struct rows rows_of_section(enum section_id id) {
  const struct section *section = section_table(id);
  size_t n = n_keys(section->params, section->n_params);
  size_t n_more = n_keys(section->more, section->n_more);
  return (struct rows){.params = section->params,
                       .n = n + n_more,
                       .bytes = sizeof(kac_param),
                       .n_given = section->n_params - n,
                       .more = section->more,
                       .n_more = n_more,
                       .n_more_given = section->n_more - n_more};
}

static bool is_in(const char *name, const kac_param *given, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (strcmp(name, given[i].name) == 0) return true;
  return false;
}

/* Does it matter whether the key is written, whatever its value? */
static bool is_tracked(const struct rows *rows, const char *name) {
  const kac_param *more = rows->more ? rows->more + rows->n_more : NULL;
  return is_in(name, rows->params + (rows->n - rows->n_more), rows->n_given) ||
         is_in(name, more, rows->n_more_given);
}

/* A number that the key itself would not take stands for none. */
static bool has_default(const kac_param *param) {
  return !(param->flags & KAC_P_REQUIRED) && param->type != SCHEMA_NODE &&
         (param->type != KAC_T_INT || param->def >= param->min);
}

/* Widths of the columns name, unit, default and range. */
struct widths {
  int name, unit, def, range;
};

static int longer(int width, const char *text) {
  int length = (int)strlen(text);
  return length > width ? length : width;
}

static const char *default_word(const kac_param *param,
                                char text[DESCRIBE_BYTES]) {
  if (param->flags & KAC_P_REQUIRED) return "required";
  text[0] = '\0';
  if (has_default(param)) describe_default(param, text);
  return text[0] ? text : "none";
}

static struct widths measure(const struct rows *rows) {
  struct widths widths = {4, 4, 7, 5};
  char text[DESCRIBE_BYTES];
  for (size_t i = 0; i < rows->n; i++) {
    const kac_param *param = row(rows, i);
    widths.name = longer(widths.name, param->name);
    widths.unit = longer(widths.unit, param->unit);
    widths.def = longer(widths.def, default_word(param, text));
    widths.range = longer(widths.range, describe_range(param, text));
  }
  return widths;
}

void rows_text(FILE *out, const struct rows *rows) {
  struct widths w = measure(rows);
  char def[DESCRIBE_BYTES], range[DESCRIBE_BYTES];
  fprintf(out, "%-*s  %-6s  %-*s  %-*s  %-*s  %s\n", w.name, "name", "type",
          w.unit, "unit", w.def, "default", w.range, "range", "doc");
  for (size_t i = 0; i < rows->n; i++) {
    const kac_param *param = row(rows, i);
    fprintf(out, "%-*s  %-6s  %-*s  %-*s  %-*s  ", w.name, param->name,
            describe_type(param->type), w.unit, param->unit, w.def,
            default_word(param, def), w.range, describe_range(param, range));
    rows_put(out, param->doc, "  ");
    putc('\n', out);
  }
}

static void json_default(struct json *json, const kac_param *param) {
  char text[DESCRIBE_BYTES] = "";
  if (!has_default(param) || param->type == KAC_T_ARRAY)
    json_string(json, "default", NULL);
  else if (param->type == KAC_T_BOOL)
    json_bool(json, "default", param->def > 0);
  else if (param->type == KAC_T_STRING)
    json_string(json, "default", param->text ? param->text : "");
  else if (param->type == KAC_T_CHOICE) {
    size_t length = 0;
    const char *word = table_choice(param->text, (size_t)param->def, &length);
    snprintf(text, sizeof text, "%.*s", (int)length, word);
    json_string(json, "default", text);
  } else if (param->type == KAC_T_INT)
    json_integer(json, "default", (int64_t)param->def);
  else
    json_number(json, "default", param->def);
}

static void json_choices(struct json *json, const kac_param *param) {
  char text[DESCRIBE_BYTES];
  size_t length = 0;
  json_array(json, "choices");
  for (size_t i = 0; i < table_choices(param->text); i++) {
    const char *word = table_choice(param->text, i, &length);
    snprintf(text, sizeof text, "%.*s", (int)length, word);
    json_string(json, NULL, text);
  }
  json_end(json);
}

/* A limit that binds nothing is null. */
static void json_limit(struct json *json, const char *key, double limit) {
  if (describe_is_bound(limit))
    json_number(json, key, limit);
  else
    json_string(json, key, NULL);
}

static void json_param(struct json *json, const kac_param *param) {
  json_object(json, NULL);
  json_string(json, "name", param->name);
  json_string(json, "type", describe_type(param->type));
  json_string(json, "unit", param->unit);
  json_bool(json, "required", param->flags & KAC_P_REQUIRED);
  json_default(json, param);
  if (param->type == KAC_T_INT || param->type == KAC_T_REAL ||
      param->type == KAC_T_ARRAY || param->type == SCHEMA_RAMP) {
    json_limit(json, "min", param->min);
    json_limit(json, "max", param->max);
    json_bool(json, "min_is_open", param->flags & KAC_P_OPEN_MIN);
    json_bool(json, "max_is_open", param->flags & KAC_P_OPEN_MAX);
  }
  if (param->type == KAC_T_CHOICE) json_choices(json, param);
  if (param->type == KAC_T_ARRAY) json_string(json, "shape", param->text);
  if (param->type == KAC_T_STRING)
    json_bool(json, "is_file", param->flags & KAC_P_FILE);
  json_string(json, "doc", param->doc);
  json_end(json);
}

void rows_json(struct json *json, const char *key, struct rows rows) {
  json_array(json, key);
  for (size_t i = 0; i < rows.n; i++) json_param(json, row(&rows, i));
  json_end(json);
}

/* A comment above, then "key = default;", itself a comment where the user must
 * or may fill in something. */
static void template_param(FILE *out, const kac_param *param, bool is_tracked,
                           const char *margin) {
  char def[DESCRIBE_BYTES] = "", range[DESCRIBE_BYTES], next[32];
  if (has_default(param)) describe_default(param, def);
  describe_range(param, range);
  snprintf(next, sizeof next, "%s# ", margin);
  fputs(next, out);
  rows_put(out, param->doc, next);
  fprintf(out, "; %s", describe_type(param->type));
  if (range[0]) fprintf(out, " %s", range);
  if (param->unit[0]) fprintf(out, ", in %s", param->unit);
  bool has_value = def[0] && strcmp(def, "\"\"") != 0;
  fprintf(out, "\n%s%s%s = %s;", margin, has_value && !is_tracked ? "" : "# ",
          param->name, has_value ? def : "...");
  if (!has_value || is_tracked)
    fprintf(out, "  (%s)",
            param->flags & KAC_P_REQUIRED ? "required" : "optional");
  putc('\n', out);
}

void rows_template(FILE *out, const struct rows *rows, const char *margin) {
  for (size_t i = 0; i < rows->n; i++) {
    const kac_param *param = row(rows, i);
    template_param(out, param, is_tracked(rows, param->name), margin);
  }
}
