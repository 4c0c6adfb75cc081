/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Best of n: of every replicate the particle of greatest final reward. */
#ifndef KAC_CORE_BEST_H
#define KAC_CORE_BEST_H
#include "sampler/engine.h"

/* A result of one particle per replicate, to be freed by best_free in any case;
 * what belongs to replicates is borrowed from `result`.  False: no memory. */
bool best_take(const struct spec *spec, const struct run_result *result,
               struct run_result *best);
void best_free(struct run_result *best);

#endif
