/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A component in words, as JSON, and as a config group, all from the same
 * const data that the host fills configs from. */
#include "cli/describe.h"

#include <inttypes.h>
#include <string.h>

#include "cli/describe_words.h"
#include "config/sections.h"
#include "output/json.h"
#include "plugin/search.h"
#include "plugin/table.h"

#define N_WORDS(list) (sizeof(list) / sizeof((list)[0]))

/* Without control characters, which a plugin's texts have no business with;
 * `margin` starts every further line. */
static void print_text(FILE *out, const char *text, const char *margin) {
  for (; *text; text++) {
    unsigned char c = (unsigned char)*text;
    if (c == '\n')
      fprintf(out, "\n%s", margin);
    else
      putc(c < 0x20 || c == 0x7f ? '?' : c, out);
  }
}

static void print_words(FILE *out, const char *label, uint64_t bits,
                        const struct describe_word *list, size_t n) {
  const char *gap = "";
  if (!bits) return;
  fprintf(out, "%-10s ", label);
  for (size_t i = 0; i < n; i++) {
    if (!(bits & list[i].bit)) continue;
    fprintf(out, "%s%s", gap, list[i].word);
    gap = ", ";
  }
  putc('\n', out);
}

static const char *role_of(const kac_component *component) {
  if (component->kind != KAC_INTEGRATOR) return NULL;
  const kac_integrator_ops *ops = component->ops;
  if (ops->role & KAC_ADVANCES) return "advances";
  return ops->role & KAC_APPROXIMATE ? "invariant_approximately" : "invariant";
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
  describe_default(param, text);
  return text[0] ? text : "none";
}

/* Rows of a parameter table, a plugin's or the host's, which may come in two
 * parts. */
struct rows {
  const kac_param *params;
  size_t n, bytes; /* of all rows; of one */
  const kac_param *more;
  size_t n_more; /* of those n */
};

static struct rows rows_of(const kac_component *component) {
  return (struct rows){component->params, component->n_params,
                       component->param_size, NULL, 0};
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

/* What every plugin of a kind takes besides, without `plugin` itself, which
 * comes first in its table. */
static struct rows host_rows(uint32_t kind) {
  enum section_id id = kind == KAC_POTENTIAL    ? SECTION_POTENTIAL
                       : kind == KAC_INTEGRATOR ? SECTION_INTEGRATOR
                       : kind == KAC_RESAMPLER  ? SECTION_RESAMPLER
                                                : SECTION_PLUGIN;
  const struct section *section = section_table(id);
  size_t n = n_keys(section->params, section->n_params);
  size_t n_more = n_keys(section->more, section->n_more);
  return (struct rows){section->params + 1, n - 1 + n_more, sizeof(kac_param),
                       section->more, n_more};
}

/* A score is used in the target, by its id. */
static struct rows target_rows(void) {
  const struct section *section = section_table(SECTION_TERM);
  return (struct rows){section->params, section->n_params, sizeof(kac_param),
                       NULL, 0};
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

static void print_rows(FILE *out, const struct rows *rows) {
  struct widths w = measure(rows);
  char def[DESCRIBE_BYTES], range[DESCRIBE_BYTES];
  fprintf(out, "%-*s  %-6s  %-*s  %-*s  %-*s  %s\n", w.name, "name", "type",
          w.unit, "unit", w.def, "default", w.range, "range", "doc");
  for (size_t i = 0; i < rows->n; i++) {
    const kac_param *param = row(rows, i);
    fprintf(out, "%-*s  %-6s  %-*s  %-*s  %-*s  ", w.name, param->name,
            describe_type(param->type), w.unit, param->unit, w.def,
            default_word(param, def), w.range, describe_range(param, range));
    print_text(out, param->doc, "  ");
    putc('\n', out);
  }
}

static void print_params(FILE *out, const kac_component *component) {
  struct rows own = rows_of(component), host = host_rows(component->kind);
  struct rows target = target_rows();
  putc('\n', out);
  if (own.n > 0)
    print_rows(out, &own);
  else
    fputs("no parameters\n", out);
  fprintf(out, "\nkeys of every %s\n", kind_names[component->kind]);
  print_rows(out, &host);
  if (component->kind != KAC_SCORE) return;
  fputs("\nkeys of its factor in the target\n", out);
  print_rows(out, &target);
}

void describe_text(FILE *out, const kac_component *component,
                   const char *path) {
  const char *role = role_of(component);
  fprintf(out, "%s %s (%s)  ", component->name, component->version,
          kind_names[component->kind]);
  print_text(out, path, "");
  putc('\n', out);
  print_text(out, component->summary, "");
  putc('\n', out);
  if (component->doc && component->doc[0]) {
    putc('\n', out);
    print_text(out, component->doc, "");
    putc('\n', out);
  }
  putc('\n', out);
  if (role) fprintf(out, "%-10s %s\n", "role", role);
  print_words(out, "provides", component->provides, describe_quantities,
              N_WORDS(describe_quantities));
  print_words(out, "needs", describe_needs(component), describe_quantities,
              N_WORDS(describe_quantities));
  print_words(out, "state", component->spans, describe_spans,
              N_WORDS(describe_spans));
  fprintf(out, "%-10s %s\n", "threads", describe_threads(component->threads));
  print_params(out, component);
  const char *const *cite = component->cites;
  if (cite && *cite) fputs("\nplease cite\n", out);
  for (; cite && *cite; cite++) {
    fputs("  ", out);
    print_text(out, *cite, "    ");
    putc('\n', out);
  }
}

static void json_words(struct json *json, const char *key, uint64_t bits,
                       const struct describe_word *list, size_t n) {
  json_array(json, key);
  for (size_t i = 0; i < n; i++)
    if (bits & list[i].bit) json_string(json, NULL, list[i].word);
  json_end(json);
}

static void json_default(struct json *json, const kac_param *param) {
  char text[DESCRIBE_BYTES] = "";
  if (param->flags & KAC_P_REQUIRED || param->type == KAC_T_ARRAY)
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

static void json_rows(struct json *json, const char *key, struct rows rows) {
  json_array(json, key);
  for (size_t i = 0; i < rows.n; i++) json_param(json, row(&rows, i));
  json_end(json);
}

void describe_json(FILE *out, const kac_component *component,
                   const char *path) {
  struct json json;
  json_start(&json, out);
  json_object(&json, NULL);
  json_string(&json, "kind", kind_names[component->kind]);
  json_string(&json, "name", component->name);
  json_string(&json, "version", component->version);
  json_string(&json, "path", path);
  json_string(&json, "summary", component->summary);
  json_string(&json, "doc", component->doc ? component->doc : "");
  json_string(&json, "role", role_of(component));
  json_words(&json, "provides", component->provides, describe_quantities,
             N_WORDS(describe_quantities));
  json_words(&json, "needs", describe_needs(component), describe_quantities,
             N_WORDS(describe_quantities));
  json_words(&json, "state", component->spans, describe_spans,
             N_WORDS(describe_spans));
  json_string(&json, "threads", describe_threads(component->threads));
  json_rows(&json, "parameters", rows_of(component));
  json_rows(&json, "host_parameters", host_rows(component->kind));
  if (component->kind == KAC_SCORE)
    json_rows(&json, "target_parameters", target_rows());
  json_array(&json, "cites");
  for (const char *const *cite = component->cites; cite && *cite; cite++)
    json_string(&json, NULL, *cite);
  json_end(&json);
  json_end(&json);
}

/* A comment above, then "key = default;", itself a comment where the user must
 * or may fill in something. */
static void template_param(FILE *out, const kac_param *param) {
  char def[DESCRIBE_BYTES], range[DESCRIBE_BYTES];
  describe_default(param, def);
  describe_range(param, range);
  fputs("  # ", out);
  print_text(out, param->doc, "  # ");
  fprintf(out, "; %s", describe_type(param->type));
  if (range[0]) fprintf(out, " %s", range);
  if (param->unit[0]) fprintf(out, ", in %s", param->unit);
  if (def[0] && strcmp(def, "\"\"") != 0)
    fprintf(out, "\n  %s = %s;\n", param->name, def);
  else
    fprintf(out, "\n  # %s = ...;  (%s)\n", param->name,
            param->flags & KAC_P_REQUIRED ? "required" : "optional");
}

void describe_template(FILE *out, const kac_component *component) {
  struct rows own = rows_of(component), host = host_rows(component->kind);
  fprintf(out, "{ # %s: ", kind_names[component->kind]);
  print_text(out, component->summary, "  # ");
  fprintf(out, "\n  plugin = \"%s\";\n", component->name);
  for (size_t i = 0; i < own.n; i++) template_param(out, row(&own, i));
  fprintf(out, "  # --- keys of every %s\n", kind_names[component->kind]);
  for (size_t i = 0; i < host.n; i++) template_param(out, row(&host, i));
  fputs("}\n", out);
}
