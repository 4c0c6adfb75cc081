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
/* Two of these in one pass over the rows:
 * a = scale * b and square_i += scale * |b_i|^2; */
void compose_scale_dot(double *a, const double *b, double scale, double *square,
                       size_t n, size_t d);
/* out = scale_a * a + scale_b * b and square_i += scale * |b_i|^2. */
void compose_mix_dot(double *out, double scale_a, const double *a,
                     double scale_b, const double *b, double scale,
                     double *square, size_t n, size_t d);

#endif
