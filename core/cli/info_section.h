/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sections of a config under the names that users know them by. */
#ifndef KAC_CORE_INFO_SECTION_H
#define KAC_CORE_INFO_SECTION_H
#include <stdbool.h>
#include <stdio.h>

#include "config/sections.h"

struct info_section {
  const char *name; /* as in the config; "run": the top level */
  bool is_list;     /* of groups that have these keys */
  const char *text;
  enum section_id id;
  struct info_more {
    const char *heading; /* NULL: none */
    enum section_id id;
  } more[2]; /* tables below */
};
/* The i-th section, NULL behind the last one. */
const struct info_section *info_section_get(size_t i);
/* By name, a list also without its s, as kinds are called; NULL: none. */
const struct info_section *info_section_find(const char *name);
const char *info_section_suggest(const char *name);

void info_section_text(FILE *out, const struct info_section *section);
void info_section_json(FILE *out, const struct info_section *section);
/* Ready to paste, as describe_template. */
void info_section_template(FILE *out, const struct info_section *section);

#endif
