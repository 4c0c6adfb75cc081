/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is wrong where libconfig says "syntax error".  The scanned text, which
 * has no comments and no unbalanced brackets, is read again with the grammar
 * in mind: settings "name = value" with a mark, at most one, behind them, and
 * values with commas between them in lists.  Only ever a hint: libconfig has
 * refused the text before. */
#include <string.h>
#include <strings.h>

#include "config/scan.h"

enum { SHOWN = 40 };
static const char MARKS[] = "{}()[]=:,;";

struct token {
  char kind; /* a mark, 'n' a name, 'v' a value, 's' a string, 0 the end */
  const char *text;
  size_t n, line; /* line: of its end */
};
struct reader {
  const char *p;
  size_t line, depth;
  char open[SCAN_MAX_DEPTH];
  struct token last, name; /* name: the last one seen */
  struct diag *diag;
  const struct scan *scan;
};

static bool is_in_list(const struct reader *r) {
  return r->depth > 0 && r->open[r->depth - 1] != '{';
}

static struct token string(struct reader *r) {
  struct token token = {.kind = 's', .text = r->p++};
  while (*r->p && *r->p != '"') {
    if (*r->p == '\\' && r->p[1]) r->p++;
    if (*r->p++ == '\n') r->line++;
  }
  if (*r->p) r->p++;
  return token;
}

/* A word is a name but where a value stands: after '=', and in a list if no
 * '=' follows. */
static struct token word(struct reader *r) {
  struct token token = {.kind = 'v', .text = r->p};
  bool is_letter = *r->p == '*' || (*r->p >= 'a' && *r->p <= 'z') ||
                   (*r->p >= 'A' && *r->p <= 'Z');
  r->p += strcspn(r->p, " \t\r\n\f\"{}()[]=:,;");
  const char *next = r->p + strspn(r->p, " \t");
  bool is_named = *next == '=' || *next == ':';
  if (is_letter && (is_named || (!is_in_list(r) && r->last.kind != '=')))
    token.kind = 'n';
  return token;
}

static struct token next_token(struct reader *r) {
  struct token token = {0};
  for (; *r->p && strchr(" \t\r\n\f", *r->p); r->p++) r->line += *r->p == '\n';
  if (*r->p == '"') {
    token = string(r);
  } else if (*r->p && strchr(MARKS, *r->p)) {
    token = (struct token){.kind = *r->p == ':' ? '=' : *r->p, .text = r->p};
    r->p++;
  } else if (*r->p) {
    token = word(r);
  }
  if (token.text) token.n = (size_t)(r->p - token.text);
  token.line = r->line;
  return token;
}

/* Says why, with the token in question and the line where it can be cured. */
static bool say(const struct reader *r, const char *why,
                const struct token *token, size_t line) {
  char text[SHOWN + 8] = "";
  struct place at = scan_place(r->scan, line);
  size_t n = token ? strcspn(token->text, "\r\n") : 0;
  if (token && n > token->n) n = token->n;
  if (token)
    snprintf(text, sizeof text, " '%.*s%s'", (int)(n < SHOWN ? n : SHOWN - 3),
             token->text, n < SHOWN ? "" : "...");
  if (at.line > 0)
    diag_hint(r->diag, "%s:%d: %s%s", at.file, at.line, why, text);
  else
    diag_hint(r->diag, "%s%s", why, text);
  return false;
}

/* A setting before this token that is not complete. */
static bool is_complete(const struct reader *r) {
  if (r->last.kind == '=')
    return say(r, "a value is missing behind '=' of", &r->name, r->last.line);
  if (r->last.kind == 'n')
    return say(r, "'=' is missing behind", &r->last, r->last.line);
  return true;
}

static bool is_value(char kind) {
  return kind != 0 && strchr("vs})]", kind) != NULL;
}

static bool take_value(const struct reader *r, const struct token *token) {
  char last = r->last.kind;
  const char *next = r->p + strspn(r->p, " \t");
  if (token->kind == 's' && last != '=' && (*next == '=' || *next == ':'))
    return say(r, "a name stands without quotes:", token, token->line);
  if (token->kind == 's' && last == 's') return true; /* one long string */
  if (is_in_list(r) && is_value(last))
    return say(r, "a comma is missing before", token, r->last.line);
  if (is_in_list(r) || last == '=') return true;
  if (last == 'n') return is_complete(r);
  if (last == ',')
    return say(r,
               "a comma ends a setting, and several values stand in ( ) or "
               "[ ]:",
               token, token->line);
  return say(r, "a name and '=' are missing before", token, token->line);
}

static bool take_mark(const struct reader *r, const struct token *token) {
  if (is_in_list(r) && token->kind == ';')
    return say(r, "a list has commas between its values, and not", token,
               token->line);
  if (is_value(r->last.kind)) return true;
  if (is_in_list(r))
    return say(r, "a value is missing before", token, token->line);
  return is_complete(r) && say(r, "one mark too many:", token, token->line);
}

static bool is_name(const struct token *token) {
  for (size_t i = 0; i < token->n; i++) {
    char c = token->text[i];
    bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!is_letter && !(c >= '0' && c <= '9') && !strchr("*-_", c))
      return false;
  }
  return true;
}

static bool is_truth(const struct token *token) {
  return (token->n == 4 && strncasecmp(token->text, "true", 4) == 0) ||
         (token->n == 5 && strncasecmp(token->text, "false", 5) == 0);
}

static bool take_name(const struct reader *r, const struct token *token) {
  size_t line = token->line;
  if (!is_name(token))
    return say(r, "a name has letters, digits, '-' and '_' alone:", token,
               line);
  if (is_in_list(r))
    return say(r, "settings in a list stand in a group { }:", token, line);
  if (!is_complete(r)) return false;
  return !is_truth(token) || r->p[strspn(r->p, " \t")] != '=' ||
         say(r, "a value is no name:", token, line);
}

static bool take_equals(const struct reader *r, const struct token *token) {
  if (r->last.kind == 'n') return true;
  if (r->last.kind == '=') return say(r, "one too many:", token, token->line);
  return say(r, "no name stands before", token, token->line);
}

static bool take(struct reader *r, const struct token *token) {
  switch (token->kind) {
    case 'n':
      return take_name(r, token);
    case '=':
      return take_equals(r, token);
    case ',':
    case ';':
      return take_mark(r, token);
    case '}':
    case ')':
    case ']':
      r->depth -= r->depth > 0;
      return is_complete(r);
    case 0:
      return is_complete(r);
    default:
      return take_value(r, token);
  }
}

void scan_hint(const struct scan *scan, struct diag *diag) {
  struct reader r = {.p = scan->text, .line = 1, .diag = diag, .scan = scan};
  struct token token;
  do {
    token = next_token(&r);
    if (!take(&r, &token)) return;
    if (token.kind && strchr("{([", token.kind) && r.depth < SCAN_MAX_DEPTH)
      r.open[r.depth++] = token.kind;
    if (token.kind == 'n') r.name = token;
    r.last = token;
  } while (token.kind);
}
