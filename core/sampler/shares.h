/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which potential made the weights uneven.  Over the rows alive at the end let
 * L be all log-weight that a row and its ancestors were given, resampling not
 * counted, and c_j potential j's part of it; then the share of j is
 *   Cov(c_j, L) / Var(L),
 * and those of all potentials and of the rest (the start, the rate of the
 * models, the proposals) sum to 1.  A share may be negative: a part that evens
 * out. */
#ifndef KAC_CORE_SHARES_H
#define KAC_CORE_SHARES_H
#include "sampler/run.h"

/* share[j] of n_potentials, NaN where all rows weigh the same, and of
 * potentials in mode "rate" whose weights are ratios of densities: a step's
 * kernels hold squares of the drift, which no potential has alone.  *rest is
 * that of the rest. */
void shares_measure(const struct run *run, double *share, double *rest);

#endif
