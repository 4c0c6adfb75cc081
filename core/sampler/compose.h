/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inner loops of the composed field: sums over rows that are dense, n by d,
 * with the row products that G needs. */
#ifndef KAC_CORE_COMPOSE_H
#define KAC_CORE_COMPOSE_H
#include <stddef.h>

/* a += scale * b, over k numbers. */
void compose_add(double *a, const double *b, double scale, size_t k);
/* a = scale * b. */
void compose_scale(double *a, const double *b, double scale, size_t k);
/* out = scale_a * a + scale_b * b. */
void compose_mix(double *out, double scale_a, const double *a, double scale_b,
                 const double *b, size_t k);
/* a = scale * a. */
void compose_multiply(double *a, double scale, size_t k);
/* out_i += scale * a_i . b_i for n rows of d numbers. */
void compose_dot(double *out, const double *a, const double *b, double scale,
                 size_t n, size_t d);
/* out = scale_a * a + scale_b * b, and 0 if all of it is finite, else NaN. */
double compose_mix_zero(double *out, double scale_a, const double *a,
                        double scale_b, const double *b, size_t k);

/* The last score of a sum P = sum p_i s_i and what follows from P, in one pass
 * over n rows of d numbers. */
struct compose_last {
  double *sum;         /* P without the last score, then with it */
  const double *score; /* the last one; NULL: the only one, which is in sum */
  double power;        /* its p */
  const double *x;
  double to_x, to_sum; /* b = to_x * x + to_sum * P */
  double *b;
  double *square, *sum_square, *x_dot_sum; /* n: |s|^2, |P|^2, x . P */
};
void compose_last(const struct compose_last *c, size_t n, size_t d);

#endif
