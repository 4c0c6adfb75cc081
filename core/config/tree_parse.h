/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What tree.c lends to tree_set.c: text that may be no file. */
#ifndef KAC_CORE_TREE_PARSE_H
#define KAC_CORE_TREE_PARSE_H
#include "config/scan.h"
#include "config/tree.h"

struct node *tree_parse_source(struct arena *arena,
                               const struct scan_source *source,
                               struct diag *diag);

#endif
