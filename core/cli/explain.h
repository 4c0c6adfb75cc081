/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `kac check --explain`: the pipeline as it was understood. */
#ifndef KAC_CORE_EXPLAIN_H
#define KAC_CORE_EXPLAIN_H
#include <stdio.h>

#include "config/pipeline.h"

void explain_print(FILE *out, const struct pipeline *pipeline);

#endif
