/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is in the searched folders, and the message when a name is not. */
#ifndef KAC_CORE_MISSING_H
#define KAC_CORE_MISSING_H
#include "plugin/search.h"

struct dirent;

/* The *.so of one kind in one folder, sorted by name: the count, or -1.  The
 * caller frees each entry and the list. */
int missing_files(const struct search *search, size_t folder, uint32_t kind,
                  struct dirent ***files);
/* The error: why this build is without it; or the nearest name, or the other
 * kind that has it, and for every folder what was looked for there.  kind 0:
 * any. */
void missing_report(const struct search *search, uint32_t kind,
                    const char *name, struct place at, struct diag *diag);

#endif
