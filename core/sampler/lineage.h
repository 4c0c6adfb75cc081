/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An error bar of log Z from a single population: particles of one ancestor
 * stand together, families are nearly independent. */
#ifndef KAC_CORE_LINEAGE_H
#define KAC_CORE_LINEAGE_H
#include <stddef.h>
#include <stdint.h>

/* Relative variance of Z-hat from n normalised log-weights, the index below n
 * of each particle's ancestor at the start, and the number of resamplings:
 * Lee and Whiteley 2018, Biometrika 105, 609, eq. 5,
 *   V = 1 - (n/(n-1))^(m+1) (1 - sum over families of (sum of W)^2).
 * NaN where it says nothing: n < 2, one family left, or V <= 0 by chance.
 * `families` is scratch of n.  Derived for multinomial resampling; for the
 * others it is an estimate of that, which is more than their own. */
double lineage_variance(const double *logw, const uint32_t *lineage, size_t n,
                        size_t n_resamplings, double *families);

/* Share of pairs of different particles that have different ancestors at the
 * start, 1 - sum n_a (n_a - 1) / (n (n - 1)); NaN for n < 2.  Scratch of n. */
double lineage_diversity(const uint32_t *lineage, size_t n, double *counts);

#endif
