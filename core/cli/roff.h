/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The few elements of a manual page, in the man macros of roff.  Texts are
 * plain: what would steer roff is escaped here. */
#ifndef KAC_CORE_ROFF_H
#define KAC_CORE_ROFF_H
#include <stdio.h>

#include "cli/pages.h"

/* Begins the page "KAC" of the section "1". */
void roff_page(FILE *out, const char *name, const char *section,
               const char *summary);
void roff_section(FILE *out, const char *title);
void roff_subsection(FILE *out, const char *title);
/* The first paragraph below a title; one that follows another. */
void roff_text(FILE *out, const char *text);
void roff_paragraph(FILE *out, const char *text);
/* `bold` and, if not NULL, `italic` hang to the left of the text. */
void roff_item(FILE *out, const char *bold, const char *italic,
               const char *text);
void roff_items(FILE *out, const struct page_row *rows);
/* Lines as they stand. */
void roff_example(FILE *out, const char *lines);

#endif
