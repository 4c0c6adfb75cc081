/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The state that scan.c and scan_include.c share; nobody else includes it. */
#ifndef KAC_CORE_SCAN_STATE_H
#define KAC_CORE_SCAN_STATE_H
#include "config/scan.h"

struct source_file { /* one on the chain of files being read */
  const struct scan_source *about;
  struct source_file *parent;
  const char *p;
  const char *line_start;
  int line;
};
struct open_bracket {
  char bracket;
  struct place at;
};
struct scanner {
  struct arena *arena;
  struct diag *diag;
  const struct scan_source *main;
  struct source_file *source; /* innermost */
  struct scan out;
  size_t text_bytes, max_lines; /* room in out */
  char last;                    /* last token: = , ; ( [ { n(ame) v(alue) */
  struct open_bracket open[SCAN_MAX_DEPTH];
  size_t depth, n_settings, n_read, n_includes, n_chain, n_failures;
  struct place long_string; /* the first one that runs over lines */
  bool has_failed;          /* there was an error */
  bool is_stopped;          /* ... after which nothing makes sense */
};

struct place scanner_place(const struct scanner *s, int line);
void scanner_put(struct scanner *s, const char *text, size_t n);
/* The line of the result being written comes from this line of a file. */
void scanner_begin_line(struct scanner *s, const struct source_file *file,
                        const char *text);
/* A line end in both the source and the result; p stands on it. */
void scanner_newline(struct scanner *s);

void scan_tokens(struct scanner *s);
/* A whole source, after the checks that need no tokens. */
void scan_source(struct scanner *s, struct source_file *file);
/* p stands on '@'. */
void scan_include(struct scanner *s);

#endif
