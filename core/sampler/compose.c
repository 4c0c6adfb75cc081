/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loops that the compiler vectorises.  A row's product is summed in an order
 * that depends on d alone, so that results do not depend on blocks. */
#include "sampler/compose.h"

#include <kac/sdk.h>

KAC_CLONES void compose_add(double *restrict a, const double *restrict b,
                            double scale, size_t k) {
  for (size_t i = 0; i < k; i++) a[i] += scale * b[i];
}

KAC_CLONES void compose_scale(double *restrict a, const double *restrict b,
                              double scale, size_t k) {
  for (size_t i = 0; i < k; i++) a[i] = scale * b[i];
}

KAC_CLONES void compose_multiply(double *a, double scale, size_t k) {
  for (size_t i = 0; i < k; i++) a[i] *= scale;
}

KAC_CLONES void compose_mix(double *restrict out, double scale_a,
                            const double *restrict a, double scale_b,
                            const double *restrict b, size_t k) {
  for (size_t i = 0; i < k; i++) out[i] = scale_a * a[i] + scale_b * b[i];
}

/* a . b of one row, eight sums side by side. */
KAC_INLINE double row_dot(const double *a, const double *b, size_t d) {
  enum { LANES = 8 };
  size_t whole = d - d % LANES;
  double lane[LANES] = {0}, sum = 0;
  for (size_t k = 0; k < whole; k += LANES)
    for (size_t j = 0; j < LANES; j++) lane[j] += a[k + j] * b[k + j];
  for (size_t k = whole; k < d; k++) sum += a[k] * b[k];
  for (size_t j = 0; j < LANES; j++) sum += lane[j];
  return sum;
}

KAC_CLONES static void dot_2(double *restrict out, const double *restrict a,
                             const double *restrict b, double scale, size_t n) {
  for (size_t i = 0; i < n; i++)
    out[i] += scale * (a[2 * i] * b[2 * i] + a[2 * i + 1] * b[2 * i + 1]);
}

KAC_CLONES static void dot_any(double *restrict out, const double *a,
                               const double *b, double scale, size_t n,
                               size_t d) {
  for (size_t i = 0; i < n; i++, a += d, b += d)
    out[i] += scale * row_dot(a, b, d);
}

void compose_dot(double *out, const double *a, const double *b, double scale,
                 size_t n, size_t d) {
  if (d == 2)
    dot_2(out, a, b, scale, n);
  else
    dot_any(out, a, b, scale, n, d);
}

KAC_CLONES void compose_scale_dot(double *restrict a, const double *restrict b,
                                  double scale, double *restrict square,
                                  size_t n, size_t d) {
  if (d < 8) {
    compose_scale(a, b, scale, n * d);
    compose_dot(square, b, b, scale, n, d);
    return;
  }
  for (size_t i = 0; i < n; i++, a += d, b += d) {
    square[i] += scale * row_dot(b, b, d);
    for (size_t k = 0; k < d; k++) a[k] = scale * b[k];
  }
}

KAC_CLONES void compose_mix_dot(double *restrict out, double scale_a,
                                const double *restrict a, double scale_b,
                                const double *restrict b, double scale,
                                double *restrict square, size_t n, size_t d) {
  if (d < 8) {
    compose_mix(out, scale_a, a, scale_b, b, n * d);
    compose_dot(square, b, b, scale, n, d);
    return;
  }
  for (size_t i = 0; i < n; i++, a += d, b += d, out += d) {
    square[i] += scale * row_dot(b, b, d);
    for (size_t k = 0; k < d; k++) out[k] = scale_a * a[k] + scale_b * b[k];
  }
}
