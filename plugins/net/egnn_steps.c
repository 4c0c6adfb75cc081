/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small steps of an EGNN; see egnn_steps.h. */
#include "egnn_steps.h"

#include <kac/sdk.h>

#include "activation.h"

float egnn_distance(float d2) {
  return sqrtf(d2 + 1e-8F);
}

void egnn_silu(const float *bias, const float *x, size_t rows, size_t width,
               float *a) {
  memcpy(a, x, rows * width * sizeof *a);
  activation_apply(ACTIVATION_SILU, bias, rows, width, a);
}

/* Eight sums side by side, so that it vectorises as written. */
KAC_CLONES void egnn_dot(const float *restrict w, const float *restrict x,
                         size_t rows, size_t width, float *restrict y) {
  for (size_t r = 0; r < rows; r++, x += width) {
    float sum[8] = {0};
    for (size_t k = 0; k < width; k += 8)
      for (size_t l = 0; l < 8; l++) sum[l] += w[k + l] * x[k + l];
    y[r] = ((sum[0] + sum[4]) + (sum[1] + sum[5])) +
           ((sum[2] + sum[6]) + (sum[3] + sum[7]));
  }
}

KAC_CLONES void egnn_mean(const float *restrict rows, size_t n, size_t width,
                          float *restrict mean) {
  memset(mean, 0, width * sizeof *mean);
  for (size_t j = 0; j < n; j++)
    for (size_t k = 0; k < width; k++) mean[k] += rows[j * width + k];
  for (size_t k = 0; k < width; k++) mean[k] /= (float)(n - 1);
}

void egnn_centre(const struct egnn *net, size_t n, float *x) {
  size_t bodies = net->n_bodies, dim = net->dim;
  for (size_t i = 0; i < n; i++, x += bodies * dim)
    for (size_t c = 0; c < dim; c++) {
      double sum = 0;
      for (size_t b = 0; b < bodies; b++) sum += (double)x[b * dim + c];
      for (size_t b = 0; b < bodies; b++)
        x[b * dim + c] -= (float)(sum / (double)bodies);
    }
}
