/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small streaming writer of JSON.  `key` is NULL for the items of an array
 * and for the outermost value; commas and indentation come by themselves. */
#ifndef KAC_CORE_JSON_H
#define KAC_CORE_JSON_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { JSON_MAX_DEPTH = 60 };
struct json {
  FILE *out; /* errors stick to it: look at ferror at the end */
  unsigned depth;
  uint64_t has_items, is_array; /* a bit for each open level */
};

void json_start(struct json *json, FILE *out);
void json_object(struct json *json, const char *key);
void json_array(struct json *json, const char *key);
/* Closes what was opened last. */
void json_end(struct json *json);
/* NULL is written as null; bytes that are no UTF-8 as U+FFFD. */
void json_string(struct json *json, const char *key, const char *value);
/* Reads back as the same double; what is not finite is null. */
void json_number(struct json *json, const char *key, double value);
void json_integer(struct json *json, const char *key, int64_t value);
void json_count(struct json *json, const char *key, uint64_t value);
void json_bool(struct json *json, const char *key, bool value);
/* An array on one line. */
void json_numbers(struct json *json, const char *key, const double *value,
                  size_t n);

#endif
