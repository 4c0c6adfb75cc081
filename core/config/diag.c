/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages to the user: see diag.h.  Whatever a message quotes may come from
 * a hostile file, so nothing reaches the terminal that could steer it. */
#include "config/diag.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

enum { MAX_PRINTED = 20 };

struct message {
  const char *text;
  bool is_error;
  struct message *next;
};
struct diag {
  struct arena *arena;
  struct message *first, *last, *unprinted;
  size_t n_errors, n_warnings, n_printed;
  enum exit_code code;
};

struct diag *diag_new(void) {
  struct diag *diag = memory_alloc(sizeof *diag);
  if (!diag) return NULL;
  diag->arena = arena_new();
  if (diag->arena) return diag;
  free(diag);
  return NULL;
}

void diag_free(struct diag *diag) {
  if (!diag) return;
  arena_free(diag->arena);
  free(diag);
}

/* Bytes of the UTF-8 sequence at s, 0 if it is none or a control character. */
static size_t printable(const unsigned char *s) {
  if (s[0] < 0x20 || s[0] == 0x7f) return 0;
  if (s[0] < 0x80) return 1;
  size_t n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
  if (s[0] < 0xc2 || s[0] > 0xf4) return 0;
  for (size_t i = 1; i < n; i++)
    if ((s[i] & 0xc0) != 0x80) return 0;
  if (s[0] == 0xc2 && s[1] < 0xa0) return 0; /* U+0080 to U+009F */
  if (s[0] == 0xe0 && s[1] < 0xa0) return 0; /* longer than needed */
  if (s[0] == 0xed && s[1] > 0x9f) return 0; /* surrogates */
  if (s[0] == 0xf0 && s[1] < 0x90) return 0;
  return s[0] == 0xf4 && s[1] > 0x8f ? 0 : n;
}

static const char *escape(struct arena *arena, const char *text) {
  char *out = arena_alloc(arena, 4 * strlen(text) + 1);
  if (!out) return NULL;
  char *to = out;
  const unsigned char *s = (const unsigned char *)text;
  while (*s) {
    size_t n = printable(s);
    if (n == 0 && *s == '\n')
      to += sprintf(to, "\\n"), s++;
    else if (n == 0 && *s == '\t')
      to += sprintf(to, "\\t"), s++;
    else if (n == 0)
      to += sprintf(to, "\\x%02x", (unsigned)*s++);
    else
      for (; n > 0; n--) *to++ = (char)*s++;
  }
  return out;
}

__attribute__((format(printf, 2, 0))) static const char *format_text(
    struct arena *arena, const char *format, va_list args) {
  va_list again;
  va_copy(again, args);
  int n = vsnprintf(NULL, 0, format, again);
  va_end(again);
  char *text = n < 0 ? NULL : arena_alloc(arena, (size_t)n + 1);
  if (!text) return NULL;
  vsnprintf(text, (size_t)n + 1, format, args);
  return escape(arena, text);
}

/* Without memory the message is lost, but it is counted and sets the code. */
static void add(struct diag *diag, struct place at, bool is_error,
                const char *text) {
  struct arena *arena = diag->arena;
  struct message *message = arena_alloc(arena, sizeof *message);
  const char *file = escape(arena, at.file ? at.file : "kac");
  const char *kind = is_error ? "error" : "warning";
  if (!message || !text || !file) return;
  message->is_error = is_error;
  message->text =
      at.file && at.line > 0
          ? arena_format(arena, "%s:%d: %s: %s", file, at.line, kind, text)
          : arena_format(arena, "%s: %s: %s", file, kind, text);
  if (!message->text) return;
  if (diag->last)
    diag->last->next = message;
  else
    diag->first = message;
  diag->last = message;
  if (!diag->unprinted) diag->unprinted = message;
}

void diag_error(struct diag *diag, enum exit_code code, struct place at,
                const char *format, ...) {
  va_list args;
  va_start(args, format);
  if (diag->n_errors++ == 0) diag->code = code;
  add(diag, at, true, format_text(diag->arena, format, args));
  va_end(args);
}

void diag_warn(struct diag *diag, struct place at, const char *format, ...) {
  va_list args;
  va_start(args, format);
  diag->n_warnings++;
  add(diag, at, false, format_text(diag->arena, format, args));
  va_end(args);
}

void diag_hint(struct diag *diag, const char *format, ...) {
  va_list args;
  va_start(args, format);
  const char *hint = format_text(diag->arena, format, args);
  va_end(args);
  if (!hint || !diag->last) return;
  const char *both =
      arena_format(diag->arena, "%s\n    %s", diag->last->text, hint);
  if (both) diag->last->text = both;
}

size_t diag_errors(const struct diag *diag) {
  return diag->n_errors;
}

size_t diag_warnings(const struct diag *diag) {
  return diag->n_warnings;
}

enum exit_code diag_code(const struct diag *diag) {
  return diag->code;
}

void diag_print(struct diag *diag, FILE *out) {
  size_t errors = 0, warnings = 0;
  for (; diag->unprinted; diag->unprinted = diag->unprinted->next) {
    if (diag->n_printed < MAX_PRINTED) {
      fprintf(out, "%s\n", diag->unprinted->text);
      diag->n_printed++;
    } else if (diag->unprinted->is_error) {
      errors++;
    } else {
      warnings++;
    }
  }
  if (errors + warnings > 0)
    fprintf(out, "kac: %zu more errors and %zu more warnings\n", errors,
            warnings);
}

const char *diag_text(struct diag *diag) {
  size_t n = 1;
  for (struct message *m = diag->first; m; m = m->next)
    n += strlen(m->text) + 1;
  char *all = arena_alloc(diag->arena, n);
  if (!all) return "";
  char *to = all;
  for (struct message *m = diag->first; m; m = m->next)
    to += sprintf(to, "%s\n", m->text);
  return all;
}
