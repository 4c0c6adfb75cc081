/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The text of a config before libconfig sees it.  libconfig 1.5 wraps large
 * integers silently, reads 1e999 as infinity, accepts a comment without an
 * end, cuts strings at NUL and calls exit() on an included folder; it only
 * says "syntax error" where it could help.  The scan refuses all of that by
 * name, and hands on a text without comments and with every @include in
 * place, so that libconfig opens no file. */
#ifndef KAC_CORE_SCAN_H
#define KAC_CORE_SCAN_H
#include "config/diag.h"
#include "memory.h"
#include "overrides.h"

enum {
  SCAN_MAX_BYTES = 1 << 20, /* the config with all that it includes */
  SCAN_MAX_LINE = 1 << 16,
  SCAN_MAX_NAME = 256,
  SCAN_MAX_DEPTH = 64, /* of brackets */
  SCAN_MAX_SETTINGS = 10000,
  SCAN_MAX_INCLUDES = 1000,
  SCAN_MAX_CHAIN = 10 /* of files that include each other */
};

struct scan_source {
  const char *text;  /* NUL-terminated; must live as long as the result */
  size_t n;          /* its bytes, to find a NUL inside */
  const char *file;  /* its name in messages */
  bool is_one_place; /* a command line argument: no lines to be named */
  const char *base;  /* folder of included files; NULL: there may be none */
  struct overrides *overrides;      /* may allow others; NULL: no */
  unsigned long long device, inode; /* of the file, or 0 */
};
struct scan_line { /* where a line of the result came from */
  struct place at;
  const char *text; /* ends with '\n' or NUL */
};
struct scan {
  char *text;
  size_t n;
  struct scan_line *lines; /* [0] is line 1 */
  size_t n_lines;
};

/* False with every error in diag. */
bool scan_text(struct arena *arena, const struct scan_source *source,
               struct diag *diag, struct scan *scan);
/* The place of a line counted from 1; lines beyond the end give the last. */
struct place scan_place(const struct scan *scan, size_t line);
/* The line and the one before as hints below the last message. */
void scan_show(const struct scan *scan, size_t line, struct diag *diag);
/* What libconfig calls a syntax error, as a hint; nothing if it is not clear.
 */
void scan_hint(const struct scan *scan, struct diag *diag);

/* --- numbers, as libconfig's scanner recognises them -----------------------
 */
enum scan_number {
  SCAN_NOT_A_NUMBER,
  SCAN_INT,
  SCAN_INT64,
  SCAN_HEX,
  SCAN_HEX64,
  SCAN_REAL
};
/* Bytes of the number at the start of text. */
size_t scan_number_length(const char *text, enum scan_number *kind);
/* Judges the word at the start of text that should be a number: bytes of it,
 * with *is_good false and an error in diag if it is none or does not fit. */
size_t scan_number(const char *text, struct place at, struct diag *diag,
                   bool *is_good);

#endif
