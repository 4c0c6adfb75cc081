/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Layers of networks in float32: dense ones and convolutions of square images,
 * both as one matrix product.  Rows are particles, pixels or pairs, channels
 * contiguous (for images: particle, y, x, channel). */
#ifndef KAC_NET_LAYERS_H
#define KAC_NET_LAYERS_H
#include "bf16.h"
#include "safetensors.h"

/* Weights that live as long as a network, freed together. */
struct floats;
float *floats_take(struct floats **all, size_t n, kac_error *err);
void floats_free(struct floats *all);

/* y = weight x + bias, on 1 or kernel^2 neighbours of a pixel. */
struct layer {
  size_t n_in, n_out, kernel; /* kernel 0: dense, no image */
  struct gemm_matrix weight;  /* kernel^2 n_in to n_out */
  struct gemm_matrix back;    /* kernel^2 n_out to n_in: the transposed map */
  float *bias;                /* n_out, NULL if there is none */
};
struct layer_reader {
  const struct safetensors *file;
  struct floats **all;
  struct bf16 *half; /* NULL: products are float32 */
};

/* Tensors NAME.weight of shape (n_out, n_in[, kernel, kernel]) and, if there
 * is one, NAME.bias. */
kac_status layer_read(struct layer_reader *reader, const char *name,
                      struct layer *layer, int has_bias, kac_error *err);
/* The same from numbers in memory. */
kac_status layer_set(const struct layer_reader *reader, const float *weight,
                     struct layer *layer, kac_error *err);
void layer_free(struct layer *layer);
/* A tensor of two dimensions, or one if columns is 0. */
kac_status layer_tensor(struct layer_reader *reader, const char *name,
                        size_t rows, size_t columns, float **out,
                        kac_error *err);
/* The file holds no tensor but those that were read; after the last layer. */
kac_status layer_finish(const struct layer_reader *reader, kac_error *err);

/* y = weight x for n images of side by side pixels, or n rows of a dense layer
 * (side 1); gemm_padded(n_out) numbers per row.  columns: room for n side^2
 * kernel^2 n_in numbers if kernel is above 1. [worker] */
void layer_forward(const struct layer *layer, size_t n, size_t side,
                   const float *x, float *columns, float *y);
/* dx = weight^T dy; gemm_padded(n_in) numbers per row. */
void layer_backward(const struct layer *layer, size_t n, size_t side,
                    const float *dy, float *columns, float *dx);

#endif
