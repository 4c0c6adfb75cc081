/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files of a config: what is read, and how lines of the one text that
 * libconfig gets are traced back to them. */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700 /* realpath */
#endif
#include <stdlib.h>
#include <string.h>

#include "config/read_file.h"
#include "config/scan_state.h"

struct place scanner_place(const struct scanner *s, int line) {
  struct place at = {s->source->about->file,
                     s->source->about->is_one_place ? 0 : line};
  return at;
}

static void out_of_memory(struct scanner *s) {
  struct place at = {s->main->file, 0};
  if (!s->is_stopped)
    diag_error(s->diag, EXIT_RESOURCE, at, "no memory to read the config");
  s->has_failed = s->is_stopped = true;
}

/* More room in the arena; what was there before is left behind in it. */
static void *grown(struct scanner *s, const void *old, size_t used,
                   size_t bytes) {
  void *room = arena_alloc(s->arena, bytes);
  if (room && used > 0) memcpy(room, old, used);
  if (!room) out_of_memory(s);
  return room;
}

void scanner_put(struct scanner *s, const char *text, size_t n) {
  if (s->is_stopped) return;
  if (s->text_bytes <= s->out.n + n) {
    size_t bytes = 2 * (s->out.n + n) + 256;
    char *room = grown(s, s->out.text, s->out.n, bytes);
    if (!room) return;
    s->out.text = room;
    s->text_bytes = bytes;
  }
  memcpy(s->out.text + s->out.n, text, n);
  s->out.n += n;
}

void scanner_begin_line(struct scanner *s, const struct source_file *file,
                        const char *text) {
  if (s->is_stopped) return;
  struct scan_line *lines = s->out.lines;
  if (s->out.n_lines == s->max_lines) {
    size_t n = 2 * s->max_lines + 16;
    lines = grown(s, lines, s->out.n_lines * sizeof *lines, n * sizeof *lines);
    if (!lines) return;
    s->out.lines = lines;
    s->max_lines = n;
  }
  struct scan_line *line = &lines[s->out.n_lines++];
  line->at.file = file->about->file;
  line->at.line = file->about->is_one_place ? 0 : file->line;
  line->text = text;
}

void scanner_newline(struct scanner *s) {
  struct source_file *file = s->source;
  file->line++;
  file->line_start = file->p + 1;
  scanner_put(s, "\n", 1);
  scanner_begin_line(s, file, file->line_start);
}

/* Sizes, NUL bytes and long lines, before anything is made of them. */
static bool is_text(struct scanner *s, const struct scan_source *about) {
  const char *nul = memchr(about->text, '\0', about->n);
  struct place at = {about->file, 0};
  s->n_read += about->n;
  if (nul) {
    diag_error(s->diag, EXIT_CONFIG, at, "byte 0 at offset %zu: not a text",
               (size_t)(nul - about->text));
    return false;
  }
  if (s->n_read > SCAN_MAX_BYTES) {
    diag_error(s->diag, EXIT_CONFIG, at,
               "more than %d bytes of config with all includes",
               (int)SCAN_MAX_BYTES);
    return false;
  }
  for (const char *p = about->text; *p; p += *p == '\n') {
    size_t n = strcspn(p, "\n");
    at.line++;
    p += n;
    if (n <= SCAN_MAX_LINE) continue;
    if (about->is_one_place) at.line = 0;
    diag_error(s->diag, EXIT_CONFIG, at, "line of %zu bytes, at most %d", n,
               (int)SCAN_MAX_LINE);
    return false;
  }
  return true;
}

void scan_source(struct scanner *s, struct source_file *file) {
  const char *text = file->about->text;
  if (strncmp(text, "\xef\xbb\xbf", 3) == 0) text += 3;
  file->p = file->line_start = text;
  file->line = 1;
  file->parent = s->source;
  s->source = file;
  s->n_chain++;
  if (!is_text(s, file->about))
    s->has_failed = s->is_stopped = true;
  else
    scan_tokens(s);
  s->n_chain--;
  if (file->parent)
    s->source = file->parent;
  else
    scanner_put(s, "", 1);
}

/* "a.cfg -> b.cfg -> ..." from the main file to the innermost one. */
static const char *chain(const struct scanner *s,
                         const struct source_file *file) {
  if (!file->parent) return file->about->file;
  const char *before = chain(s, file->parent);
  const char *text = arena_format(s->arena, "%s -> %s", before ? before : "",
                                  file->about->file);
  return text ? text : file->about->file;
}

/* Judged by its name alone, where there is no such file. */
static bool is_outside(const char *path) {
  if (path[0] == '/') return true;
  for (const char *p = path; *p; p += strspn(p, "/")) {
    size_t n = strcspn(p, "/");
    if (n == 2 && p[0] == '.' && p[1] == '.') return true;
    p += n;
  }
  return false;
}

/* With links followed, in the arena; NULL: there is no such file. */
static const char *resolved(struct scanner *s, const char *path) {
  char *real = realpath(path, NULL);
  const char *copy = real ? arena_copy(s->arena, real) : NULL;
  if (real && !copy) out_of_memory(s);
  free(real);
  return copy;
}

static bool is_below(const char *file, const char *folder) {
  size_t n = folder ? strlen(folder) : 0;
  if (n == 1) return true; /* "/" */
  return n > 0 && strncmp(file, folder, n) == 0 && (file[n] == '/' || !file[n]);
}

static bool is_open(const struct scanner *s, const struct scan_source *about) {
  for (const struct source_file *f = s->source; f; f = f->parent)
    if (f->about->inode == about->inode && f->about->device == about->device)
      return true;
  return false;
}

/* The text between the quotes of the @include at p, or NULL with an error;
 * *end is behind the closing quote. */
static char *included_path(struct scanner *s, const char **end) {
  const struct source_file *file = s->source;
  const char *p = file->p + strlen("@include");
  bool is_first =
      strspn(file->line_start, " \t") == (size_t)(file->p - file->line_start);
  size_t blanks = 0, n = 0;
  if (is_first && strncmp(file->p, "@include", strlen("@include")) == 0) {
    blanks = strspn(p, " \t");
    p += blanks;
    if (*p == '"') n = strcspn(p + 1, "\"\\\n");
  }
  if (blanks == 0 || *p != '"' || n == 0 || p[1 + n] != '"') {
    diag_error(s->diag, EXIT_CONFIG, scanner_place(s, file->line),
               "'@' is only known as @include \"file\" at the start of a line");
    return NULL;
  }
  *end = p + 1 + n + 1;
  char *path = arena_alloc(s->arena, n + 1);
  if (!path) out_of_memory(s);
  return path ? memcpy(path, p + 1, n) : NULL;
}

/* Whether this file may be included here. */
static bool is_allowed(struct scanner *s, struct place at) {
  const char *base = s->main->base;
  if (!base)
    diag_error(s->diag, EXIT_CONFIG, at, "@include is not possible here");
  else if (s->n_chain > SCAN_MAX_CHAIN)
    diag_error(s->diag, EXIT_CONFIG, at,
               "includes are nested more than %d deep: %s", (int)SCAN_MAX_CHAIN,
               chain(s, s->source));
  else if (++s->n_includes > SCAN_MAX_INCLUDES)
    diag_error(s->diag, EXIT_CONFIG, at, "more than %d includes",
               (int)SCAN_MAX_INCLUDES);
  else
    return true;
  return false;
}

/* Where to read it from; NULL with an error.  Links are followed before the
 * file is judged, and what was judged is what is read. */
static const char *judged(struct scanner *s, const char *path, const char *full,
                          struct place at) {
  const char *base = s->main->base, *real = resolved(s, full);
  bool is_inside = real ? is_below(real, resolved(s, base)) : !is_outside(path);
  if (is_inside || overrides_allow(s->main->overrides, ALLOW_INCLUDE_OUTSIDE))
    return real ? real : full;
  diag_error(s->diag, EXIT_CONFIG, at,
             "include file '%s' must lie below the folder of the config, %s",
             path, base);
  diag_hint(s->diag, real && !is_outside(path)
                         ? "it is a link to a file elsewhere; "
                           "--allow-include-outside takes it"
                         : "--allow-include-outside takes it from there");
  return NULL;
}

/* Reads the file into the arena; NULL with an error. */
static struct scan_source *load(struct scanner *s, const char *path,
                                struct place at) {
  struct file_bytes bytes;
  char why[128];
  const char *base = s->main->base;
  const char *full = strcmp(base, ".") == 0 || path[0] == '/'
                         ? path
                         : arena_format(s->arena, "%s/%s", base, path);
  struct scan_source *about = arena_alloc(s->arena, sizeof *about);
  if (!full || !about) {
    out_of_memory(s);
    return NULL;
  }
  const char *from = judged(s, path, full, at);
  if (!from) return NULL;
  enum exit_code code =
      read_file(from, SCAN_MAX_BYTES, &bytes, why, sizeof why);
  if (code != EXIT_DONE) {
    diag_error(s->diag, code, at, "include file '%s': %s", full, why);
    return NULL;
  }
  char *text = arena_alloc(s->arena, bytes.n + 1);
  if (text) memcpy(text, bytes.data, bytes.n);
  free(bytes.data);
  if (!text) out_of_memory(s);
  about->text = text;
  about->n = bytes.n;
  about->file = full;
  about->device = bytes.device;
  about->inode = bytes.inode;
  return text ? about : NULL;
}

void scan_include(struct scanner *s) {
  struct place at = scanner_place(s, s->source->line);
  const char *end = NULL;
  char *path = included_path(s, &end);
  const struct scan_source *about = NULL;
  if (path && is_allowed(s, at)) about = load(s, path, at);
  struct source_file file = {.about = about, .parent = s->source, .line = 1};
  if (about && is_open(s, about)) {
    diag_error(s->diag, EXIT_CONFIG, at, "file includes itself: %s",
               chain(s, &file));
    about = NULL;
  }
  if (!about) {
    s->has_failed = s->is_stopped = true;
    return;
  }
  s->out.n_lines--; /* so far blank: it becomes the file's first line */
  scanner_begin_line(s, &file, about->text);
  scan_source(s, &file);
  if (s->is_stopped) return;
  if (s->out.n == 0 || s->out.text[s->out.n - 1] == '\n')
    s->out.n_lines--; /* begun, but nothing stands on it */
  else
    scanner_put(s, "\n", 1);
  s->source->p = end;
  scanner_begin_line(s, s->source, s->source->line_start);
}
