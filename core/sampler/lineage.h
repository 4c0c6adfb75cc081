/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An error bar of log Z from a single population: particles of one ancestor
 * stand together, families are nearly independent. */
#ifndef KAC_CORE_LINEAGE_H
#define KAC_CORE_LINEAGE_H
#include <stddef.h>
#include <stdint.h>

/* Relative variance of Z-hat from n normalised log-weights, the index below n
 * of each particle's ancestor at the start, and what m resamplings did:
 *   V = 1 - n/(n-1) (product of (1-B)/(1-A)) (1 - sum over families of W^2),
 * B the sum of the squares of the weights before a resampling, A that of the
 * parts of the weight that the copies of one parent have together; log_pairs is
 * the log of the product.  In Lee and Whiteley 2018, Biometrika 105, 609, eq.
 * 5, which is for multinomial resampling, it is (n/(n-1))^m, its expectation
 * there; schemes that draw with less noise merge fewer families, and so do not
 * need as much correction (docs/methods.md section 5 with its limits).  May
 * come out negative; NaN where it says nothing: n < 2 or one family left.
 * `families` is scratch of n. */
double lineage_variance(const double *logw, const uint32_t *lineage, size_t n,
                        double log_pairs, double *families);

/* Of the particles of positive weight: how many different ancestors they have
 * at the start, and the share of pairs that have different ones,
 * 1 - sum n_a (n_a - 1) / (k (k - 1)) for k particles; NaN for k < 2. */
struct lineage_count {
  double unique, diversity;
};
struct lineage_count lineage_count(const double *logw, const uint32_t *lineage,
                                   size_t n, double *counts);

#endif
