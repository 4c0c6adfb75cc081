/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reader of a subset of JSON (RFC 8259); see cursor.h. */
#include "cursor.h"

#include <stdint.h>
#include <string.h>

void cursor_start(struct cursor *json, const char *begin, size_t n,
                  char *text) {
  *json = (struct cursor){begin, begin, begin + n, text, NULL};
}

size_t cursor_offset(const struct cursor *json) {
  return (size_t)(json->at - json->begin);
}

static bool fail(struct cursor *json, const char *error) {
  if (!json->error) json->error = error;
  return false;
}

static void skip_blanks(struct cursor *json) {
  while (json->at < json->end && (*json->at == ' ' || *json->at == '\t' ||
                                  *json->at == '\n' || *json->at == '\r'))
    json->at++;
}

bool cursor_take(struct cursor *json, char mark) {
  skip_blanks(json);
  if (json->error || json->at == json->end || *json->at != mark) return false;
  json->at++;
  return true;
}

bool cursor_need(struct cursor *json, char mark) {
  if (cursor_take(json, mark)) return true;
  return fail(json, mark == '{'   ? "expected {"
                    : mark == '}' ? "expected } or ,"
                    : mark == '[' ? "expected ["
                    : mark == ']' ? "expected ] or ,"
                    : mark == ':' ? "expected :"
                                  : "expected ,");
}

bool cursor_finish(struct cursor *json) {
  skip_blanks(json);
  if (json->error) return false;
  return json->at == json->end || fail(json, "expected nothing more");
}

/* Four hexadecimal digits at json->at. */
static bool hexadecimal(struct cursor *json, uint32_t *code) {
  *code = 0;
  if (json->end - json->at < 4) return fail(json, "the escape is cut off");
  for (int i = 0; i < 4; i++) {
    char c = *json->at++;
    uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                     : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
                     : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10)
                                            : 16u;
    if (digit > 15) return fail(json, "expected four hexadecimal digits");
    *code = *code * 16 + digit;
  }
  return true;
}

static void put(struct cursor *json, uint32_t byte) {
  *json->text++ = (char)(unsigned char)byte;
}

/* At most 4 bytes, for which at least 6 were read. */
static void put_utf8(struct cursor *json, uint32_t code) {
  if (code < 0x80) {
    put(json, code);
    return;
  }
  if (code < 0x800) {
    put(json, 0xc0 | code >> 6);
  } else if (code < 0x10000) {
    put(json, 0xe0 | code >> 12);
    put(json, 0x80 | (code >> 6 & 0x3f));
  } else {
    put(json, 0xf0 | code >> 18);
    put(json, 0x80 | (code >> 12 & 0x3f));
    put(json, 0x80 | (code >> 6 & 0x3f));
  }
  put(json, 0x80 | (code & 0x3f));
}

/* \uXXXX, of which the \u is behind us; two of them beyond the first plane. */
static bool escaped_code(struct cursor *json) {
  uint32_t code, low;
  if (!hexadecimal(json, &code)) return false;
  if (code == 0) return fail(json, "a string holds a zero character");
  if (code >= 0xdc00 && code < 0xe000)
    return fail(json, "the second half of a surrogate pair stands alone");
  if (code >= 0xd800 && code < 0xdc00) {
    if (json->end - json->at < 2 || json->at[0] != '\\' || json->at[1] != 'u')
      return fail(json, "the first half of a surrogate pair stands alone");
    json->at += 2;
    if (!hexadecimal(json, &low)) return false;
    if (low < 0xdc00 || low >= 0xe000)
      return fail(json, "the second half of a surrogate pair is none");
    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
  }
  put_utf8(json, code);
  return true;
}

static bool escape(struct cursor *json) {
  static const char names[] = "\"\\/bfnrt", codes[] = "\"\\/\b\f\n\r\t";
  if (json->at == json->end) return fail(json, "the escape is cut off");
  char c = *json->at++;
  if (c == 'u') return escaped_code(json);
  const char *name = c ? strchr(names, c) : NULL;
  if (!name) return fail(json, "an unknown escape");
  put(json, (unsigned char)codes[name - names]);
  return true;
}

/* One character of UTF-8, not overlong, no surrogate (RFC 3629). */
static bool utf8(struct cursor *json) {
  const unsigned char *p = (const unsigned char *)json->at;
  size_t left = (size_t)(json->end - json->at);
  size_t n = p[0] < 0x80   ? 1
             : p[0] < 0xc2 ? 0
             : p[0] < 0xe0 ? 2
             : p[0] < 0xf0 ? 3
             : p[0] < 0xf5 ? 4
                           : 0;
  bool is_good = n > 0 && n <= left;
  for (size_t i = 1; is_good && i < n; i++) is_good = (p[i] & 0xc0) == 0x80;
  if (is_good && n >= 3) {
    unsigned second = p[1];
    is_good =
        !(p[0] == 0xe0 && second < 0xa0) && !(p[0] == 0xed && second >= 0xa0) &&
        !(p[0] == 0xf0 && second < 0x90) && !(p[0] == 0xf4 && second >= 0x90);
  }
  if (!is_good) return fail(json, "a string is not UTF-8");
  for (size_t i = 0; i < n; i++) put(json, p[i]);
  json->at += n;
  return true;
}

bool cursor_string(struct cursor *json, const char **string) {
  if (!cursor_take(json, '"')) return fail(json, "expected a string");
  *string = json->text;
  while (json->at < json->end && *json->at != '"') {
    unsigned char c = (unsigned char)*json->at;
    if (c < 0x20) return fail(json, "a string holds a control character");
    if (c == '\\') json->at++;
    if (!(c == '\\' ? escape(json) : utf8(json))) return false;
  }
  if (json->at == json->end) return fail(json, "a string has no end");
  json->at++;
  put(json, 0);
  return true;
}

bool cursor_count(struct cursor *json, size_t *value) {
  skip_blanks(json);
  const char *first = json->at;
  *value = 0;
  for (; json->at < json->end && *json->at >= '0' && *json->at <= '9';
       json->at++) {
    size_t digit = (size_t)(*json->at - '0');
    if (*value > (SIZE_MAX - digit) / 10)
      return fail(json, "a number is too large");
    *value = *value * 10 + digit;
  }
  if (json->at == first) return fail(json, "expected a whole number >= 0");
  if (*first == '0' && json->at - first > 1)
    return fail(json, "a number begins with 0");
  char next = json->at < json->end ? *json->at : ' ';
  if (next == '.' || next == 'e' || next == 'E')
    return fail(json, "expected a whole number >= 0");
  return true;
}
