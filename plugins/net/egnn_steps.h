/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small steps that forward and backward of an EGNN share. */
#ifndef KAC_NET_EGNN_STEPS_H
#define KAC_NET_EGNN_STEPS_H
#include "egnn.h"

/* sqrt(d^2 + 1e-8), whose slope is finite where bodies meet. */
float egnn_distance(float d2);
/* a = silu(x + bias) */
void egnn_silu(const float *bias, const float *x, size_t rows, size_t width,
               float *a);
/* y_r = w . x_r */
void egnn_dot(const float *w, const float *x, size_t rows, size_t width,
              float *y);
/* Sum of the rows over one less than their number. */
void egnn_mean(const float *rows, size_t n, size_t width, float *mean);
/* Every particle without its mean over bodies. */
void egnn_centre(const struct egnn *net, size_t n, float *x);

#endif
