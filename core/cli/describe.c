/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A component in words, as JSON, and as a config group, all from the same
 * const data that the host fills configs from. */
#include "cli/describe.h"

#include <inttypes.h>
#include <string.h>

#include "cli/describe_rows.h"
#include "cli/describe_words.h"
#include "config/sections.h"
#include "output/json.h"
#include "plugin/search.h"
#include "plugin/table.h"

#define N_WORDS(list) (sizeof(list) / sizeof((list)[0]))

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

static struct rows rows_of(const kac_component *component) {
  return (struct rows){.params = component->params,
                       .n = component->n_params,
                       .bytes = component->param_size};
}

/* What every plugin of a kind takes besides, without `plugin` itself, which
 * comes first in its table. */
static struct rows host_rows(uint32_t kind) {
  enum section_id id = kind == KAC_POTENTIAL    ? SECTION_POTENTIAL
                       : kind == KAC_INTEGRATOR ? SECTION_INTEGRATOR
                       : kind == KAC_RESAMPLER  ? SECTION_RESAMPLER
                                                : SECTION_PLUGIN;
  struct rows rows = rows_of_section(id);
  rows.params++;
  rows.n--;
  rows.n_given = rows.n_more_given = 0; /* their defaults may be written */
  return rows;
}

static void print_params(FILE *out, const kac_component *component) {
  struct rows own = rows_of(component), host = host_rows(component->kind);
  struct rows target = rows_of_section(SECTION_TERM);
  putc('\n', out);
  if (own.n > 0)
    rows_text(out, &own);
  else
    fputs("no parameters\n", out);
  fprintf(out, "\nkeys of every %s\n", kind_names[component->kind]);
  rows_text(out, &host);
  if (component->kind != KAC_SCORE) return;
  fputs("\nkeys of its factor in the target\n", out);
  rows_text(out, &target);
}

void describe_text(FILE *out, const kac_component *component,
                   const char *path) {
  const char *role = role_of(component);
  fprintf(out, "%s %s (%s)  ", component->name, component->version,
          kind_names[component->kind]);
  rows_put(out, path, "");
  putc('\n', out);
  rows_put(out, component->summary, "");
  putc('\n', out);
  if (component->doc && component->doc[0]) {
    putc('\n', out);
    rows_put(out, component->doc, "");
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
    rows_put(out, *cite, "    ");
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
  rows_json(&json, "parameters", rows_of(component));
  rows_json(&json, "host_parameters", host_rows(component->kind));
  if (component->kind == KAC_SCORE)
    rows_json(&json, "target_parameters", rows_of_section(SECTION_TERM));
  json_array(&json, "cites");
  for (const char *const *cite = component->cites; cite && *cite; cite++)
    json_string(&json, NULL, *cite);
  json_end(&json);
  json_end(&json);
}

void describe_template(FILE *out, const kac_component *component) {
  struct rows own = rows_of(component), host = host_rows(component->kind);
  fprintf(out, "{ # %s: ", kind_names[component->kind]);
  rows_put(out, component->summary, "  # ");
  fprintf(out, "\n  plugin = \"%s\";\n", component->name);
  rows_template(out, &own, "  ");
  fprintf(out, "  # --- keys of every %s\n", kind_names[component->kind]);
  rows_template(out, &host, "  ");
  fputs("}\n", out);
}
