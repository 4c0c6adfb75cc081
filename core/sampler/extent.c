/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rms is taken in units of the largest number: the square of 1e200 is no
 * number. */
#include "sampler/extent.h"

#include <kac/sdk.h>

static bool counts(const double *logw, size_t i) {
  return !logw || logw[i] > -KAC_INF;
}

static void find_largest(struct extent *extent, const double *row, size_t i,
                         size_t d) {
  for (size_t k = 0; k < d; k++) {
    if (!(fabs(row[k]) > fabs(extent->largest))) continue;
    extent->largest = row[k];
    extent->row = i;
    extent->coordinate = k;
  }
}

struct extent extent_of(const double *x, const double *logw, size_t n,
                        size_t d) {
  struct extent extent = {0};
  double sum = 0, n_numbers = 0;
  for (size_t i = 0; i < n; i++)
    if (counts(logw, i)) find_largest(&extent, x + i * d, i, d);
  double unit = fmax(fabs(extent.largest), 1e-300), scale = 1 / unit;
  for (size_t i = 0; i < n; i++) {
    if (!counts(logw, i)) continue;
    for (size_t k = i * d; k < (i + 1) * d; k++)
      sum += x[k] * scale * (x[k] * scale);
    n_numbers += (double)d;
  }
  extent.rms = n_numbers > 0 ? unit * sqrt(sum / n_numbers) : 0;
  return extent;
}
