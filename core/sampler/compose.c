/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loops that the compiler vectorises.  A row's product is summed in an order
 * that depends on d alone, so that results do not depend on blocks. */
#include "sampler/compose.h"

#include <kac/sdk.h>

enum { LANES = 8 };

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

/* Eight sums side by side, as one vector. */
typedef double lanes __attribute__((vector_size(64)));
typedef double half_lanes __attribute__((vector_size(32)));

KAC_INLINE double lanes_sum(const lanes *v) {
  half_lanes half = __builtin_shufflevector(*v, *v, 0, 1, 2, 3) +
                    __builtin_shufflevector(*v, *v, 4, 5, 6, 7);
  return (half[0] + half[2]) + (half[1] + half[3]);
}

/* a . b of one row. */
KAC_INLINE double row_dot(const double *a, const double *b, size_t d) {
  size_t whole = d - d % LANES;
  lanes sum = {0}, x, y;
  double rest = 0;
  for (size_t k = 0; k < whole; k += LANES) {
    memcpy(&x, a + k, sizeof x);
    memcpy(&y, b + k, sizeof y);
    sum += x * y;
  }
  for (size_t k = whole; k < d; k++) rest += a[k] * b[k];
  return lanes_sum(&sum) + rest;
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

KAC_CLONES double compose_mix_zero(double *restrict out, double scale_a,
                                   const double *restrict a, double scale_b,
                                   const double *restrict b, size_t k) {
  double lane[LANES] = {0}, sum = 0;
  size_t whole = k - k % LANES;
  for (size_t i = 0; i < whole; i += LANES)
    for (size_t j = 0; j < LANES; j++) {
      out[i + j] = scale_a * a[i + j] + scale_b * b[i + j];
      lane[j] += out[i + j] * 0.0;
    }
  for (size_t i = whole; i < k; i++) {
    out[i] = scale_a * a[i] + scale_b * b[i];
    sum += out[i] * 0.0;
  }
  for (size_t j = 0; j < LANES; j++) sum += lane[j];
  return sum;
}

/* One row of compose_last; score is NULL where sum holds it. */
KAC_INLINE void last_row(const struct compose_last *c, size_t i,
                         const double *restrict x, double *restrict sum,
                         const double *restrict score, double *restrict b,
                         size_t d) {
  double power = c->power, to_x = c->to_x, to_sum = c->to_sum;
  lanes ss = {0}, pp = {0}, xp = {0}, s, p, at, out;
  double s1 = 0, p1 = 0, x1 = 0;
  size_t whole = d - d % LANES;
  for (size_t k = 0; k < whole; k += LANES) {
    memcpy(&s, (score ? score : sum) + k, sizeof s);
    memcpy(&p, sum + k, sizeof p);
    memcpy(&at, x + k, sizeof at);
    p = score ? p + power * s : power * s;
    out = to_x * at + to_sum * p;
    memcpy(sum + k, &p, sizeof p);
    memcpy(b + k, &out, sizeof out);
    ss += s * s;
    pp += p * p;
    xp += at * p;
  }
  for (size_t k = whole; k < d; k++) {
    double one = score ? score[k] : sum[k];
    sum[k] = score ? sum[k] + power * one : power * one;
    b[k] = to_x * x[k] + to_sum * sum[k];
    s1 += one * one;
    p1 += sum[k] * sum[k];
    x1 += x[k] * sum[k];
  }
  c->square[i] = lanes_sum(&ss) + s1;
  c->sum_square[i] = lanes_sum(&pp) + p1;
  c->x_dot_sum[i] = lanes_sum(&xp) + x1;
}

KAC_CLONES static void last_only(const struct compose_last *c, size_t n,
                                 size_t d) {
  for (size_t i = 0; i < n; i++)
    last_row(c, i, c->x + i * d, c->sum + i * d, NULL, c->b + i * d, d);
}

KAC_CLONES static void last_of_many(const struct compose_last *c, size_t n,
                                    size_t d) {
  for (size_t i = 0; i < n; i++)
    last_row(c, i, c->x + i * d, c->sum + i * d, c->score + i * d, c->b + i * d,
             d);
}

void compose_last(const struct compose_last *c, size_t n, size_t d) {
  if (c->score)
    last_of_many(c, n, d);
  else
    last_only(c, n, d);
}
