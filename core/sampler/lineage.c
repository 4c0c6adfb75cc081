/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See lineage.h. */
#include "sampler/lineage.h"

#include <kac/sdk.h>

double lineage_variance(const double *logw, const uint32_t *lineage, size_t n,
                        size_t n_resamplings, double *families) {
  double square = 0, steps = (double)n_resamplings + 1;
  size_t n_families = 0;
  if (n < 2) return KAC_NAN;
  memset(families, 0, n * sizeof *families);
  for (size_t i = 0; i < n; i++) families[lineage[i]] += exp(logw[i]);
  for (size_t i = 0; i < n; i++) {
    square += families[i] * families[i];
    n_families += families[i] > 0;
  }
  if (n_families < 2) return KAC_NAN;
  /* (n/(n-1))^steps = exp(growth): 1 - (1 + expm1(growth)) (1 - square). */
  double growth = steps * -log1p(-1 / (double)n);
  double variance = square - expm1(growth) * (1 - square);
  return variance > 0 ? variance : KAC_NAN;
}

double lineage_diversity(const uint32_t *lineage, size_t n, double *counts) {
  double same = 0;
  if (n < 2) return KAC_NAN;
  memset(counts, 0, n * sizeof *counts);
  for (size_t i = 0; i < n; i++) counts[lineage[i]]++;
  for (size_t i = 0; i < n; i++) same += counts[i] * (counts[i] - 1);
  return 1 - same / ((double)n * (double)(n - 1));
}
