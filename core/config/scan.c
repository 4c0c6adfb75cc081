/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The text of a config before libconfig sees it: see scan.h.  Comments,
 * strings, words and brackets are here, files in scan_include.c, numbers in
 * scan_number.c. */
#include "config/scan.h"

#include <string.h>
#include <strings.h>

#include "config/scan_state.h"

enum { MAX_FAILURES = 50 };

static struct place here(const struct scanner *s) {
  return scanner_place(s, s->source->line);
}

/* The scan goes on to find more, but not for ever. */
static void fail(struct scanner *s) {
  s->has_failed = true;
  if (++s->n_failures >= MAX_FAILURES) s->is_stopped = true;
}

static void stop(struct scanner *s) {
  s->has_failed = s->is_stopped = true;
}

static bool is_in_list(const struct scanner *s) {
  return s->depth > 0 && s->open[s->depth - 1].bracket != '{';
}

/* Whether a word or number here would be the value of something. */
static bool wants_value(const struct scanner *s) {
  if (s->last == ',') return is_in_list(s);
  return s->last == '=' || s->last == '(' || s->last == '[';
}

static void count_setting(struct scanner *s) {
  s->last = 'v';
  if (++s->n_settings != SCAN_MAX_SETTINGS + 1) return;
  diag_error(s->diag, EXIT_CONFIG, here(s), "more than %d settings",
             (int)SCAN_MAX_SETTINGS);
  diag_hint(s->diag, "long arrays belong in a file: <name>_file = \"x.npy\"");
  stop(s);
}

static void line_comment(struct scanner *s) {
  s->source->p += strcspn(s->source->p, "\n");
}

static void block_comment(struct scanner *s) {
  struct place start = here(s);
  const char *end = strstr(s->source->p + 2, "*/");
  if (!end) {
    diag_error(s->diag, EXIT_CONFIG, start, "comment is never closed");
    stop(s);
    return;
  }
  scanner_put(s, " ", 1);
  for (; s->source->p < end; s->source->p++)
    if (*s->source->p == '\n') scanner_newline(s);
  s->source->p = end + 2;
}

/* Bytes up to the next one that matters inside a string. */
static const char *string_part(struct scanner *s, const char *p) {
  if (p[0] == '\\' && (p[1] == 'x' || p[1] == 'X') && p[2] == '0' &&
      p[3] == '0') {
    diag_error(s->diag, EXIT_CONFIG, here(s), "\\x00 would end the string");
    fail(s);
  }
  size_t n = p[0] == '\\' && p[1] != '\n' && p[1] ? 2 : 1;
  scanner_put(s, p, n);
  return p + n;
}

static void string(struct scanner *s) {
  struct place start = here(s);
  bool is_long = false;
  const char *p = s->source->p;
  scanner_put(s, p++, 1);
  while (*p && *p != '"') {
    if (*p == '\n') {
      is_long = true;
      s->source->p = p++;
      scanner_newline(s);
    } else if (p[0] == '\r' && p[1] == '\n') {
      p++;
    } else {
      p = string_part(s, p);
    }
  }
  if (is_long && !s->long_string.file) s->long_string = start;
  if (!*p) {
    if (s->long_string.file) start = s->long_string;
    diag_error(s->diag, EXIT_CONFIG, start, "string is never closed");
    stop(s);
    return;
  }
  scanner_put(s, p, 1);
  s->source->p = p + 1;
  count_setting(s);
}

/* A word where a value should stand: true and false are fine. */
static void value_word(struct scanner *s, const char *word, size_t n) {
  static const char *const truths[] = {"true", "yes", "on"};
  static const char *const lies[] = {"false", "no", "off"};
  int shown = n < 60 ? (int)n : 60;
  const char *hint = NULL;
  for (size_t i = 0; i < 3; i++) {
    if (strlen(truths[i]) == n && strncasecmp(word, truths[i], n) == 0)
      hint = "true";
    if (strlen(lies[i]) == n && strncasecmp(word, lies[i], n) == 0)
      hint = "false";
  }
  count_setting(s);
  if (hint && strlen(hint) == n && strncasecmp(word, hint, n) == 0) return;
  diag_error(s->diag, EXIT_CONFIG, here(s), "'%.*s' is not a value", shown,
             word);
  if (hint)
    diag_hint(s->diag, "write %s", hint);
  else if (n == 3 && strncasecmp(word, "nan", 3) == 0)
    diag_hint(s->diag, "there is no value for \"not a number\"");
  else
    diag_hint(s->diag, "words stand in double quotes: \"%.*s\"", shown, word);
  fail(s);
}

/* With "=" behind it a word is a name even where a value should stand: the
 * value before it is missing, and libconfig says so. */
static void name_or_word(struct scanner *s) {
  const char *word = s->source->p;
  size_t n = 1 + strspn(word + 1,
                        "-*_0123456789abcdefghijklmnopqrstuvwxyz"
                        "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
  const char *next = word + n + strspn(word + n, " \t");
  if (wants_value(s) && *next != '=' && *next != ':') {
    value_word(s, word, n);
  } else {
    s->last = 'n';
    if (n > SCAN_MAX_NAME) {
      diag_error(s->diag, EXIT_CONFIG, here(s),
                 "name '%.20s...' is longer than %d bytes", word,
                 (int)SCAN_MAX_NAME);
      stop(s);
    }
  }
  scanner_put(s, word, n);
  s->source->p += n;
}

static void number(struct scanner *s) {
  bool is_good = false;
  size_t n = scan_number(s->source->p, here(s), s->diag, &is_good);
  if (!is_good) fail(s);
  scanner_put(s, s->source->p, n);
  s->source->p += n;
  count_setting(s);
}

static void open_bracket(struct scanner *s, char bracket) {
  if (s->depth > 0 && s->open[s->depth - 1].bracket == '[') {
    diag_error(s->diag, EXIT_CONFIG, here(s),
               "an array [ ] holds single values only");
    diag_hint(s->diag, "use ( ) outside: ((1, 2), (3, 4))");
    fail(s);
  }
  count_setting(s);
  s->last = bracket;
  if (s->depth == SCAN_MAX_DEPTH) {
    diag_error(s->diag, EXIT_CONFIG, here(s), "nested more than %d deep",
               (int)SCAN_MAX_DEPTH);
    stop(s);
    return;
  }
  s->open[s->depth].bracket = bracket;
  s->open[s->depth++].at = here(s);
}

static void close_bracket(struct scanner *s, char bracket) {
  char wanted = bracket == '}' ? '{' : bracket == ')' ? '(' : '[';
  if (s->depth == 0) {
    diag_error(s->diag, EXIT_CONFIG, here(s), "'%c' closes nothing", bracket);
    stop(s);
    return;
  }
  struct open_bracket open = s->open[--s->depth];
  if (open.bracket != wanted) {
    diag_error(s->diag, EXIT_CONFIG, here(s), "'%c' does not close '%c'",
               bracket, open.bracket);
    if (open.at.line > 0)
      diag_hint(s->diag, "opened at %s:%d", open.at.file, open.at.line);
    stop(s);
    return;
  }
  if (s->last == ',' && bracket != '}') {
    diag_error(s->diag, EXIT_CONFIG, here(s),
               "comma before '%c': a value is missing or the comma too many",
               bracket);
    fail(s);
  }
  s->last = 'v';
}

static void refuse_character(struct scanner *s) {
  const char *p = s->source->p;
  size_t n = 1;
  if (*p == '\'') {
    diag_error(s->diag, EXIT_CONFIG, here(s),
               "strings stand in double quotes: \"...\"");
    n += strcspn(p + 1, "'\n");
    if (p[n] == '\'') n++;
    s->last = 'v';
  } else {
    while (((unsigned char)p[n] & 0xc0) == 0x80 && n < 4) n++;
    diag_error(s->diag, EXIT_CONFIG, here(s), "unexpected character '%.*s'",
               (int)n, p);
  }
  s->source->p += n;
  fail(s);
}

static void punctuation(struct scanner *s, char c) {
  if (strchr("{([", c))
    open_bracket(s, c);
  else if (strchr("})]", c))
    close_bracket(s, c);
  else
    s->last = c == ':' ? '=' : c;
  scanner_put(s, &c, 1);
  s->source->p++;
}

static void scan_token(struct scanner *s) {
  const char *p = s->source->p;
  char c = p[0];
  if (c == '\n')
    scanner_newline(s), s->source->p++;
  else if (c == ' ' || c == '\t' || c == '\r' || c == '\f')
    scanner_put(s, " ", 1), s->source->p++;
  else if (c == '#' || (c == '/' && p[1] == '/'))
    line_comment(s);
  else if (c == '/' && p[1] == '*')
    block_comment(s);
  else if (c == '"')
    string(s);
  else if (strchr("0123456789+-.", c))
    number(s);
  else if (strchr("{}()[]=:,;", c))
    punctuation(s, c);
  else if (c == '*' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
    name_or_word(s);
  else if (c == '@')
    scan_include(s);
  else
    refuse_character(s);
}

void scan_tokens(struct scanner *s) {
  while (*s->source->p && !s->is_stopped) scan_token(s);
}

bool scan_text(struct arena *arena, const struct scan_source *source,
               struct diag *diag, struct scan *scan) {
  struct scanner s = {.arena = arena, .diag = diag, .main = source};
  struct source_file file = {.about = source, .line = 1};
  scanner_begin_line(&s, &file, source->text);
  scan_source(&s, &file);
  if (!s.is_stopped && s.depth > 0) {
    struct open_bracket open = s.open[s.depth - 1];
    diag_error(diag, EXIT_CONFIG, open.at, "'%c' is never closed",
               open.bracket);
    fail(&s);
  }
  *scan = s.out;
  return !s.has_failed;
}

struct place scan_place(const struct scan *scan, size_t line) {
  if (line == 0) line = 1;
  if (line > scan->n_lines) line = scan->n_lines;
  return scan->lines[line - 1].at;
}

static void show_line(const struct scan *scan, size_t line, struct diag *diag) {
  const struct scan_line *at = &scan->lines[line - 1];
  size_t n = strcspn(at->text, "\r\n");
  if (at->at.line > 0)
    diag_hint(diag, "%5d | %.*s%s", at->at.line, (int)(n < 70 ? n : 70),
              at->text, n > 70 ? "..." : "");
}

static bool is_blank(const char *text) {
  text += strspn(text, " \t\r");
  return *text == '\n' || *text == '\0';
}

void scan_show(const struct scan *scan, size_t line, struct diag *diag) {
  if (line == 0) line = 1;
  if (line > scan->n_lines) line = scan->n_lines;
  size_t before = line - 1;
  while (before > 0 && is_blank(scan->lines[before - 1].text)) before--;
  if (before > 0) show_line(scan, before, diag);
  show_line(scan, line, diag);
}
