/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small streaming writer of JSON (RFC 8259). */
#include "output/json.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>

#include "output/number.h"

/* Bytes of the UTF-8 sequence at s, 0 if it is none (RFC 3629: no overlong
 * forms, no surrogates, nothing above U+10FFFF). */
static size_t utf8_length(const unsigned char *s) {
  unsigned char low = 0x80, high = 0xbf;
  size_t n = 0;
  if (s[0] < 0x80) return 1;
  if (s[0] >= 0xc2 && s[0] <= 0xdf) n = 2;
  if (s[0] >= 0xe0 && s[0] <= 0xef) n = 3;
  if (s[0] >= 0xf0 && s[0] <= 0xf4) n = 4;
  if (s[0] == 0xe0) low = 0xa0;
  if (s[0] == 0xed) high = 0x9f;
  if (s[0] == 0xf0) low = 0x90;
  if (s[0] == 0xf4) high = 0x8f;
  if (n == 0 || s[1] < low || s[1] > high) return 0;
  for (size_t i = 2; i < n; i++)
    if (s[i] < 0x80 || s[i] > 0xbf) return 0;
  return n;
}

static void print_escaped(FILE *out, unsigned char c) {
  if (c == '"' || c == '\\')
    fprintf(out, "\\%c", c);
  else if (c == '\n')
    fputs("\\n", out);
  else if (c == '\t')
    fputs("\\t", out);
  else if (c < 0x20)
    fprintf(out, "\\u%04x", c);
  else
    putc(c, out);
}

static void print_string(FILE *out, const char *text) {
  const unsigned char *s = (const unsigned char *)text;
  putc('"', out);
  while (*s) {
    size_t n = utf8_length(s);
    if (n == 0)
      fputs("\\ufffd", out);
    else if (n == 1)
      print_escaped(out, *s);
    else
      fwrite(s, 1, n, out);
    s += n ? n : 1;
  }
  putc('"', out);
}

static void print_number(FILE *out, double value) {
  char text[NUMBER_BYTES];
  fputs(isfinite(value) ? number_exact(value, text) : "null", out);
}

static void new_line(const struct json *json) {
  fprintf(json->out, "\n%*s", 2 * (int)json->depth, "");
}

static void begin_item(struct json *json, const char *key) {
  if (json->depth > 0) {
    uint64_t bit = UINT64_C(1) << json->depth;
    if (json->has_items & bit) putc(',', json->out);
    json->has_items |= bit;
    new_line(json);
  }
  if (!key) return;
  print_string(json->out, key);
  fputs(": ", json->out);
}

static void open_level(struct json *json, const char *key, bool is_array) {
  begin_item(json, key);
  assert(json->depth < JSON_MAX_DEPTH);
  json->depth++;
  uint64_t bit = UINT64_C(1) << json->depth;
  json->has_items &= ~bit;
  json->is_array = is_array ? json->is_array | bit : json->is_array & ~bit;
  putc(is_array ? '[' : '{', json->out);
}

void json_start(struct json *json, FILE *out) {
  *json = (struct json){.out = out};
}

void json_object(struct json *json, const char *key) {
  open_level(json, key, false);
}

void json_array(struct json *json, const char *key) {
  open_level(json, key, true);
}

void json_end(struct json *json) {
  uint64_t bit = UINT64_C(1) << json->depth;
  assert(json->depth > 0);
  json->depth--;
  if (json->has_items & bit) new_line(json);
  putc(json->is_array & bit ? ']' : '}', json->out);
  if (json->depth == 0) putc('\n', json->out);
}

void json_string(struct json *json, const char *key, const char *value) {
  begin_item(json, key);
  if (value)
    print_string(json->out, value);
  else
    fputs("null", json->out);
}

void json_number(struct json *json, const char *key, double value) {
  begin_item(json, key);
  print_number(json->out, value);
}

void json_integer(struct json *json, const char *key, int64_t value) {
  begin_item(json, key);
  fprintf(json->out, "%" PRId64, value);
}

void json_count(struct json *json, const char *key, uint64_t value) {
  begin_item(json, key);
  fprintf(json->out, "%" PRIu64, value);
}

void json_bool(struct json *json, const char *key, bool value) {
  begin_item(json, key);
  fputs(value ? "true" : "false", json->out);
}

void json_numbers(struct json *json, const char *key, const double *value,
                  size_t n) {
  begin_item(json, key);
  putc('[', json->out);
  for (size_t i = 0; i < n; i++) {
    if (i) fputs(", ", json->out);
    print_number(json->out, value[i]);
  }
  putc(']', json->out);
}
