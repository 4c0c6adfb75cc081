/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sections of a config under the names that users know them by. */
#include "cli/info_section.h"

#include <string.h>

#include "cli/describe_rows.h"

static const struct info_section table[] = {
    {"run", false, "the top level of a config", SECTION_TOP, {{0}}},
    {"state", false, "what a particle is", SECTION_STATE, {{0}}},
    {"schedule",
     false,
     "the noising process, beside the keys of its plugin",
     SECTION_PLUGIN,
     {{0}}},
    {"time", false, "the grid of times", SECTION_TIME, {{0}}},
    {"scores",
     true,
     "a score model of the list, beside the keys of its plugin",
     SECTION_PLUGIN,
     {{"keys of its factor in the target", SECTION_TERM}}},
    {"target", true, "a factor of the composed target", SECTION_TERM, {{0}}},
    {"path", false, "how the target is followed", SECTION_PATH, {{0}}},
    {"potentials",
     true,
     "a potential of the list, beside the keys of its plugin",
     SECTION_POTENTIAL,
     {{"in place of plugin: a combination", SECTION_COMBINED},
      {"keys of a potential inside a combination", SECTION_CHILD}}},
    {"integrators",
     true,
     "a move of the list, beside the keys of its plugin",
     SECTION_INTEGRATOR,
     {{0}}},
    {"resampler",
     false,
     "when particles are resampled, beside the keys of its plugin",
     SECTION_RESAMPLER,
     {{0}}},
    {"start", false, "the law at t_max", SECTION_START, {{0}}},
    {"population", false, "how many particles", SECTION_POPULATION, {{0}}},
    {"observers",
     true,
     "an observer of the list, beside the keys of its plugin",
     SECTION_PLUGIN,
     {{0}}},
    {"output", false, "which files are written", SECTION_OUTPUT, {{0}}},
};
enum { N_TABLE = sizeof table / sizeof table[0] };

const struct info_section *info_section_get(size_t i) {
  return i < N_TABLE ? &table[i] : NULL;
}

const struct info_section *info_section_find(const char *name) {
  size_t length = strlen(name);
  for (size_t i = 0; i < N_TABLE; i++) {
    const char *full = table[i].name;
    bool is_singular =
        table[i].is_list && strlen(full) == length + 1 && full[length] == 's';
    if (strncmp(name, full, length) == 0 && (is_singular || !full[length]))
      return &table[i];
  }
  return NULL;
}

const char *info_section_suggest(const char *name) {
  return suggest(name, table, N_TABLE, sizeof table[0]);
}

/* A combination steers as a plugin does: those keys stand there already. */
static struct rows more_rows(const struct info_more *more) {
  struct rows rows = rows_of_section(more->id);
  if (more->id != SECTION_COMBINED) return rows;
  rows.n -= rows.n_more;
  rows.n_more = rows.n_more_given = 0;
  return rows;
}

void info_section_text(FILE *out, const struct info_section *section) {
  struct rows rows = rows_of_section(section->id);
  fprintf(out, "%s (section of a config)\n%s\n\n", section->name,
          section->text);
  rows_text(out, &rows);
  for (size_t i = 0; i < 2 && section->more[i].heading; i++) {
    rows = more_rows(&section->more[i]);
    fprintf(out, "\n%s\n", section->more[i].heading);
    rows_text(out, &rows);
  }
}

void info_section_json(FILE *out, const struct info_section *section) {
  struct json json;
  json_start(&json, out);
  json_object(&json, NULL);
  json_string(&json, "section", section->name);
  json_bool(&json, "is_list", section->is_list);
  json_string(&json, "summary", section->text);
  rows_json(&json, "parameters", rows_of_section(section->id));
  json_array(&json, "more");
  for (size_t i = 0; i < 2 && section->more[i].heading; i++) {
    json_object(&json, NULL);
    json_string(&json, "summary", section->more[i].heading);
    rows_json(&json, "parameters", more_rows(&section->more[i]));
    json_end(&json);
  }
  json_end(&json);
  json_end(&json);
}

void info_section_template(FILE *out, const struct info_section *section) {
  struct rows rows = rows_of_section(section->id);
  bool is_top = section->id == SECTION_TOP;
  if (!is_top)
    fprintf(out, "%s = %s{ # %s\n", section->name, section->is_list ? "( " : "",
            section->text);
  rows_template(out, &rows, is_top ? "" : "  ");
  if (!is_top) fputs(section->is_list ? "} );\n" : "};\n", out);
}
