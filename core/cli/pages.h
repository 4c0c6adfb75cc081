/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the help and the manual say beside the commands: options of kac itself,
 * exit codes, environment, files, kinds of plugins, codes of the ABI. */
#ifndef KAC_CORE_PAGES_H
#define KAC_CORE_PAGES_H
#include <stddef.h>

struct page_row { /* a row without a name ends a table */
  const char *name, *text;
};
extern const struct page_row page_options[];     /* kac --version ... */
extern const struct page_row page_exit_codes[];  /* of the program */
extern const struct page_row page_environment[]; /* variables */
extern const struct page_row page_files[];
extern const struct page_row page_kinds[];    /* of plugins, in their order */
extern const struct page_row page_statuses[]; /* that functions return */
extern const struct page_row page_types[];    /* of parameters */
extern const char page_summary[];             /* of kac, one line */

#endif
