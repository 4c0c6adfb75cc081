/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The few elements of a manual page, in the man macros of roff. */
#include "cli/roff.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

enum { WIDTH = 72 };

/* A hyphen of ours is always the ASCII one: options, paths and formulas. */
static void put(FILE *out, char c) {
  if (c == '\\')
    fputs("\\e", out);
  else if (c == '-')
    fputs("\\-", out);
  else
    putc(c, out);
}

static void put_word(FILE *out, const char *word, size_t n, size_t column) {
  if (column == 0 && (word[0] == '.' || word[0] == '\'')) fputs("\\&", out);
  for (size_t i = 0; i < n; i++) put(out, word[i]);
}

/* Sentences begin a line, as roff wants it to set the space between them. */
void roff_text(FILE *out, const char *text) {
  size_t column = 0;
  while (*text) {
    size_t n = strcspn(text, " ");
    if (column > 0 && column + n > WIDTH) {
      putc('\n', out);
      column = 0;
    }
    if (column > 0) putc(' ', out);
    put_word(out, text, n, column);
    column += n + 1;
    bool is_end = n > 0 && strchr(".?!", text[n - 1]) && text[n] == ' ' &&
                  isupper((unsigned char)text[n + 1]);
    if (is_end) putc('\n', out);
    if (is_end) column = 0;
    text += n + (text[n] == ' ');
  }
  putc('\n', out);
}

/* One argument of a macro; a quotation mark inside is doubled. */
static void put_argument(FILE *out, const char *text) {
  putc('"', out);
  for (; *text; text++) {
    if (*text == '"') putc('"', out);
    put(out, *text);
  }
  putc('"', out);
}

void roff_page(FILE *out, const char *name, const char *section,
               const char *summary) {
  fputs(".\\\" Made by kac help --man from core/cli; not to be edited.\n.TH ",
        out);
  for (const char *c = name; *c; c++)
    put(out, (char)toupper((unsigned char)*c));
  fprintf(out, " %s %s \"kac %s\"\n.SH NAME\n", section, KAC_DATE, KAC_VERSION);
  for (const char *c = name; *c; c++) put(out, *c);
  fputs(" \\- ", out);
  roff_text(out, summary);
}

void roff_section(FILE *out, const char *title) {
  fputs(".SH ", out);
  put_argument(out, title);
  putc('\n', out);
}

void roff_subsection(FILE *out, const char *title) {
  fputs(".SS ", out);
  put_argument(out, title);
  putc('\n', out);
}

void roff_paragraph(FILE *out, const char *text) {
  fputs(".PP\n", out);
  roff_text(out, text);
}

void roff_item(FILE *out, const char *bold, const char *italic,
               const char *text) {
  fputs(".TP\n", out);
  fputs(italic ? ".BI " : ".B ", out);
  put_argument(out, bold);
  if (italic) fputs(" \" \" ", out);
  if (italic) put_argument(out, italic);
  putc('\n', out);
  roff_text(out, text);
}

void roff_items(FILE *out, const struct page_row *rows) {
  for (; rows->name; rows++) roff_item(out, rows->name, NULL, rows->text);
}

void roff_example(FILE *out, const char *lines) {
  bool is_start = true;
  fputs(".RS 4\n.nf\n", out);
  for (; *lines; lines++) {
    if (is_start && (*lines == '.' || *lines == '\'')) fputs("\\&", out);
    put(out, *lines);
    is_start = *lines == '\n';
  }
  fputs(".fi\n.RE\n", out);
}
