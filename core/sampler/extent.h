/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How far from the origin a population is: what tells a run that has diverged
 * from one that has not, though all its numbers are finite. */
#ifndef KAC_CORE_EXTENT_H
#define KAC_CORE_EXTENT_H
#include "sampler/engine.h"

/* Of n rows of d numbers, those of weight zero left out (logw NULL: none). */
struct extent extent_of(const double *x, const double *logw, size_t n,
                        size_t d);

#endif
