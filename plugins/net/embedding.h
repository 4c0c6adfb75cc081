/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The noise label, and a class, as a vector e that is the same for all rows of
 * a call:
 *
 *   e = silu(out(silu(in([sin, cos](label freq))) + class row)) */
#ifndef KAC_NET_EMBEDDING_H
#define KAC_NET_EMBEDDING_H
#include "layers.h"

enum { EMBEDDING_MAX_FREQ = 256, EMBEDDING_MAX_WIDTH = 1024 };

struct embedding {
  size_t n_freq, width, n_classes;
  float *freq, *in, *in_bias, *out, *out_bias, *classes;
};

/* Tensors emb.freq, emb.in, emb.out and, if conditional, emb.class. */
kac_status embedding_read(struct layer_reader *reader, size_t n_freq,
                          size_t width, size_t n_classes, struct embedding *emb,
                          kac_error *err);
/* e: width numbers; work: width + 2 n_freq. [worker] */
void embedding_at(const struct embedding *emb, double label, size_t class_at,
                  float *work, float *e);
/* y_o = b_o + sum_i w_oi x_i, torch's layout; bias may be NULL. [worker] */
void embedding_dense(const float *weight, const float *bias, const float *x,
                     size_t n_in, size_t n_out, float *y);

#endif
