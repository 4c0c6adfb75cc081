/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What each potential of the path has given a row of its log-weight.  At the
 * start that is lambda phi; over a step, by docs/methods.md section 3,
 *   rate:     lambda (grad phi . b + dphi/du) du + (change of lambda) phi,
 *   integral: lambda phi du,
 * all at the old point, as the weight itself.  Sums stand among the twist's
 * numbers (twist_sum): they move with their rows, and resampling does not reset
 * them.  Rows of weight zero may hold anything. */
#ifndef KAC_CORE_PARTS_H
#define KAC_CORE_PARTS_H
#include "sampler/run.h"

/* Terms of the field and twist numbers are those of n rows, or NULL where there
 * are none. [worker] */
void parts_start(const struct run *run, const double *terms, size_t n,
                 double *twist);
void parts_step(const struct run *run, const double *terms, size_t n,
                double *twist);
/* The sums of potential j += scale times n values that lie ld apart, if it has
 * a part in the weight. */
void parts_add(const struct spec *spec, size_t j, double scale,
               const double *values, size_t ld, size_t n, double *twist);

#endif
