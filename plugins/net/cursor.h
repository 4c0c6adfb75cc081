/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The part of JSON that describes a network: objects, arrays, strings and
 * counts, read from bytes that may be hostile.  The caller walks the text and
 * asks for what must stand there, so that it cannot nest deeper than the
 * caller does; numbers with a sign, a point or an exponent are refused. */
#ifndef KAC_NET_CURSOR_H
#define KAC_NET_CURSOR_H
#include <stdbool.h>
#include <stddef.h>

struct cursor {
  const char *begin, *at, *end;
  char *text;        /* where decoded strings go: as many bytes as the input */
  const char *error; /* NULL, or what is wrong at `at` */
};

/* `text` needs end - begin bytes and holds the strings afterwards. */
void cursor_start(struct cursor *json, const char *begin, size_t n, char *text);
/* Is `mark` the next thing?  Then it is behind us. */
bool cursor_take(struct cursor *json, char mark);
/* The same where nothing else may stand; false with an error. */
bool cursor_need(struct cursor *json, char mark);
/* A string, decoded into json->text and ended by a zero; it holds no other
 * zero and is UTF-8. */
bool cursor_string(struct cursor *json, const char **string);
bool cursor_count(struct cursor *json, size_t *value);
/* Nothing but blanks is left. */
bool cursor_finish(struct cursor *json);
size_t cursor_offset(const struct cursor *json);

#endif
