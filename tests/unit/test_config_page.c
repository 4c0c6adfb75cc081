/* SPDX-License-Identifier: GPL-3.0-or-later */
/* docs/config.md is written by hand: every key of the host's tables, and every
 * choice of such a key, stands as code in the section of the page that is about
 * it. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "config/sections.h"
#include "config_fixture.h"

static const struct {
  enum section_id table;
  const char *heading; /* "": the text above the first one */
} places[] = {
    {SECTION_TOP, "Top level"},
    {SECTION_STATE, "state"},
    {SECTION_TIME, "time"},
    {SECTION_PATH, "scores, target, path"},
    {SECTION_POPULATION, "population, observers, output"},
    {SECTION_START, "start"},
    {SECTION_OUTPUT, "population, observers, output"},
    {SECTION_PLUGIN, ""},
    {SECTION_TERM, "scores, target, path"},
    {SECTION_POTENTIAL, "potentials"},
    {SECTION_COMBINED, "potentials"},
    {SECTION_CHILD, "potentials"},
    {SECTION_CHILD_COMBINED, "potentials"},
    {SECTION_NOT, "potentials"},
    {SECTION_NOT_COMBINED, "potentials"},
    {SECTION_INTEGRATOR, "integrators"},
    {SECTION_RESAMPLER, "resampler"},
};

static char page[65536];

static void read_page(void) {
  char path[4096];
  const char *folder = getenv("KAC_SRCDIR");
  snprintf(path, sizeof path, "%s/docs/config.md", folder ? folder : ".");
  FILE *file = fopen(path, "r");
  ck_assert_msg(file != NULL, "%s cannot be read", path);
  size_t n = fread(page, 1, sizeof page - 1, file);
  ck_assert_uint_lt(n, sizeof page - 1);
  page[n] = '\0';
  fclose(file);
}

/* What stands under "## heading", up to the next heading of that level. */
static const char *under(const char *heading, size_t *length) {
  char line[128];
  const char *at = page;
  if (heading[0]) {
    snprintf(line, sizeof line, "\n## %s\n", heading);
    at = strstr(page, line);
    if (!at) return NULL;
    at += strlen(line);
  }
  const char *next = strstr(at, "\n## ");
  *length = next ? (size_t)(next - at) : strlen(at);
  return at;
}

static bool is_letter(char c) {
  return isalnum((unsigned char)c) || c == '_';
}

/* Is it there as a word of its own, between backticks?  A fence is three. */
static bool shows(const char *heading, const char *word) {
  size_t length, n = strlen(word);
  const char *text = under(heading, &length);
  bool is_code = false;
  for (size_t i = 0; text && i + n <= length; i++) {
    if (text[i] == '`') is_code = !is_code;
    if (is_code && strncmp(text + i, word, n) == 0 && !is_letter(text[i + n]) &&
        (i == 0 || !is_letter(text[i - 1])))
      return true;
  }
  return false;
}

static void shows_choices(const char *heading, const kac_param *param) {
  char choices[256];
  snprintf(choices, sizeof choices, "%s", param->text);
  for (char *at = NULL, *word = strtok_r(choices, "|", &at); word;
       word = strtok_r(NULL, "|", &at))
    ck_assert_msg(shows(heading, word),
                  "docs/config.md: `%s` of `%s` is missing under '%s'", word,
                  param->name, heading);
}

/* Sections of the top level have headings. */
static bool has_heading(const char *name) {
  for (const char *at = page; (at = strstr(at, "\n## ")); at++) {
    const char *end = strchr(at + 1, '\n'), *found = strstr(at, name);
    if (found && found < end) return true;
  }
  return false;
}

/* `plugin` and `id` are told once, above all sections. */
static bool is_named(const char *heading, const kac_param *param) {
  if (param->type == SCHEMA_NODE && strcmp(heading, "Top level") == 0)
    return has_heading(param->name);
  if (!strcmp(param->name, "plugin") || !strcmp(param->name, "id"))
    heading = "";
  return shows(heading, param->name);
}

static void shows_table(const char *heading, const kac_param *params,
                        size_t n) {
  for (size_t i = 0; i < n; i++) {
    const kac_param *param = &params[i];
    if (param->type == SCHEMA_GIVEN) continue;
    ck_assert_msg(is_named(heading, param),
                  "docs/config.md: `%s` is missing under '%s'", param->name,
                  heading);
    if (param->type == KAC_T_CHOICE) shows_choices(heading, param);
  }
}

START_TEST(every_table_has_a_place) {
  ck_assert_uint_eq(sizeof places / sizeof *places, N_SECTIONS);
  for (size_t i = 0; i < N_SECTIONS; i++)
    ck_assert_int_eq((int)places[i].table, (int)i);
}
END_TEST

START_TEST(every_key_of_the_host_is_named) {
  read_page();
  for (size_t i = 0; i < N_SECTIONS; i++) {
    const struct section *table = section_table(places[i].table);
    shows_table(places[i].heading, table->params, table->n_params);
    shows_table(places[i].heading, table->more, table->n_more);
  }
}
END_TEST

START_TEST(a_key_that_is_not_there_is_missed) {
  read_page();
  ck_assert(shows("resampler", "ess_below"));
  ck_assert(!shows("resampler", "ess_bellow"));
  ck_assert(!shows("resampler", "ess_belo")); /* no part of a word */
  ck_assert(!shows("resampler", "burn_in"));  /* of another section */
  ck_assert(!shows("resampler", "without"));  /* text, not code */
  ck_assert(!shows("nowhere", "ess_below"));
  ck_assert(has_heading("potentials"));
  ck_assert(!has_heading("observer_list"));
}
END_TEST

int main(void) {
  const TTest *const tests[] = {
      every_table_has_a_place,
      every_key_of_the_host_is_named,
      a_key_that_is_not_there_is_missed,
  };
  return RUN_SUITE("config_page", tests);
}
