/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of a parameter table, a plugin's or the host's, as columns, as JSON, and
 * as lines of a config. */
#ifndef KAC_CORE_DESCRIBE_ROWS_H
#define KAC_CORE_DESCRIBE_ROWS_H
#include <kac/plugin.h>
#include <stdio.h>

#include "config/sections.h"
#include "output/json.h"

struct rows { /* the host's may come in two parts */
  const kac_param *params;
  size_t n, bytes; /* of all rows; of one */
  size_t n_given;  /* rows SCHEMA_GIVEN that follow the first part */
  const kac_param *more;
  size_t n_more, n_more_given; /* of those n; rows that follow them */
};

struct rows rows_of_section(enum section_id id); /* its keys */

void rows_text(FILE *out, const struct rows *rows);
void rows_json(struct json *json, const char *key, struct rows rows);
/* Every key with its default, its doc as a comment; `margin` starts lines. */
void rows_template(FILE *out, const struct rows *rows, const char *margin);
/* A plugin's text without control characters, which it has no business with;
 * `margin` starts every further line. */
void rows_put(FILE *out, const char *text, const char *margin);

#endif
