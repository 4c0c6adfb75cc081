/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages to the user about what he wrote: `file:line: error: text` with an
 * optional hint, collected so that a stage can report all of them. */
#ifndef KAC_CORE_DIAG_H
#define KAC_CORE_DIAG_H
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum exit_code {
  EXIT_DONE = 0,
  EXIT_INTERNAL = 1,
  EXIT_CONFIG = 2,
  EXIT_LOAD = 3,
  EXIT_PLUGIN = 4,
  EXIT_NUMERIC = 5,
  EXIT_FILE = 6,
  EXIT_RESOURCE = 7,
  EXIT_IN_USE = 8,
  EXIT_INTERRUPTED = 75
};

/* Where a setting stands.  line 0: the file as a whole; file NULL: nowhere
 * (a default).  The command line is a file named "command line argument 3"
 * with line 0. */
struct place {
  const char *file;
  int line;
};

struct diag; /* the messages of one command */

struct diag *diag_new(void);
void diag_free(struct diag *diag);
/* The first error decides the exit code. Texts: lower case, no full stop;
 * control characters are printed escaped. */
void diag_error(struct diag *diag, enum exit_code code, struct place at,
                const char *format, ...) __attribute__((format(printf, 4, 5)));
void diag_warn(struct diag *diag, struct place at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* A line below the message just given. */
void diag_hint(struct diag *diag, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
size_t diag_errors(const struct diag *diag);
size_t diag_warnings(const struct diag *diag);
enum exit_code diag_code(const struct diag *diag); /* EXIT_DONE: no error */
/* Prints what has not been printed yet; at most 20 messages, then a count. */
void diag_print(struct diag *diag, FILE *out);
/* All messages as text, for tests; owned by diag. */
const char *diag_text(struct diag *diag);

#endif
