/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See lineage.h. */
#include "sampler/lineage.h"

#include <kac/sdk.h>

double lineage_variance(const double *logw, const uint32_t *lineage, size_t n,
                        double log_pairs, double *families) {
  double square = 0;
  size_t n_families = 0;
  if (n < 2) return KAC_NAN;
  memset(families, 0, n * sizeof *families);
  for (size_t i = 0; i < n; i++) families[lineage[i]] += exp(logw[i]);
  for (size_t i = 0; i < n; i++) {
    square += families[i] * families[i];
    n_families += families[i] > 0;
  }
  if (n_families < 2) return KAC_NAN;
  /* 1 - exp(growth) (1 - square) without cancellation */
  double growth = log_pairs - log1p(-1 / (double)n);
  return square - expm1(growth) * (1 - square);
}

struct lineage_count lineage_count(const double *logw, const uint32_t *lineage,
                                   size_t n, double *counts) {
  double same = 0, alive = 0;
  struct lineage_count result = {0, KAC_NAN};
  memset(counts, 0, n * sizeof *counts);
  for (size_t i = 0; i < n; i++) counts[lineage[i]] += logw[i] > -KAC_INF;
  for (size_t i = 0; i < n; i++) {
    alive += counts[i];
    result.unique += counts[i] > 0;
    same += counts[i] * (counts[i] - 1);
  }
  if (alive >= 2) result.diversity = 1 - same / (alive * (alive - 1));
  return result;
}
