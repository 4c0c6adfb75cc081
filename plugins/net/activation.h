/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The nonlinearities of networks in float32, fused with the bias, and their
 * slopes. */
#ifndef KAC_NET_ACTIVATION_H
#define KAC_NET_ACTIVATION_H
#include <stddef.h>

enum activation {
  ACTIVATION_SILU,
  ACTIVATION_RELU,
  ACTIVATION_TANH,
  ACTIVATION_GELU, /* x Phi(x), with erf */
  ACTIVATION_IDENTITY,
  N_ACTIVATIONS
};
extern const char *const activation_names[N_ACTIVATIONS];

/* rows = f(rows + bias): n rows of `width` numbers, dense. [any] */
void activation_apply(enum activation f, const float *bias, size_t n,
                      size_t width, float *rows);
/* gradient *= f'(rows + bias). [any] */
void activation_pull_back(enum activation f, const float *rows,
                          const float *bias, size_t n, size_t width,
                          float *gradient);

#endif
