/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cholesky factors V = L L' of small dense matrices: lower triangles in C
 * order, with 1/L_jj on the diagonal so that solving never divides. */
#ifndef KAC_PLUGINS_CHOLESKY_H
#define KAC_PLUGINS_CHOLESKY_H
#include "tile.h"

/* In place, lower triangle, reciprocals on the diagonal; log det of a, or -inf
 * where a is not positive definite. */
static double cholesky(double *a, size_t d) {
  double log_det = 0;
  for (size_t j = 0; j < d; j++)
    for (size_t i = j; i < d; i++) {
      double sum = a[i * d + j];
      for (size_t k = 0; k < j; k++) sum -= a[i * d + k] * a[j * d + k];
      if (i > j) {
        a[i * d + j] = sum * a[j * d + j];
        continue;
      }
      if (!(sum > 0)) return -KAC_INF;
      log_det += log(sum);
      a[j * d + j] = 1.0 / sqrt(sum);
    }
  return log_det;
}

/* trace of (L L')^-1 = sum of squares of L^-1, column by column in z. */
static double inverse_trace(const double *factor, size_t d, double *z) {
  double trace = 0;
  for (size_t c = 0; c < d; c++)
    for (size_t i = c; i < d; i++) {
      double sum = i == c ? 1.0 : 0.0;
      for (size_t k = c; k < i; k++) sum -= factor[i * d + k] * z[k];
      z[i] = sum * factor[i * d + i];
      trace += z[i] * z[i];
    }
  return trace;
}

/* For a tile of right-hand sides: z <- L^-1 z, and then z <- L'^-1 z if `both`.
 */
KAC_CLONES static void solve(size_t d, const double *restrict factor,
                             double *restrict z, int both) {
  for (size_t i = 0; i < d; i++) {
    for (size_t k = 0; k < i; k++)
      for (size_t l = 0; l < TILE; l++)
        z[i * TILE + l] -= factor[i * d + k] * z[k * TILE + l];
    for (size_t l = 0; l < TILE; l++) z[i * TILE + l] *= factor[i * d + i];
  }
  for (size_t i = both ? d : 0; i-- > 0;) {
    for (size_t l = 0; l < TILE; l++) z[i * TILE + l] *= factor[i * d + i];
    for (size_t k = 0; k < i; k++)
      for (size_t l = 0; l < TILE; l++)
        z[k * TILE + l] -= factor[i * d + k] * z[i * TILE + l];
  }
}

#endif
