/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small UNet of square images with two levels, and its transposed
 * derivative.  Reference: UNet of tools/kac_nets.py; docs/networks.md. */
#ifndef KAC_NET_UNET_H
#define KAC_NET_UNET_H
#include "embedding.h"
#include "network.h"
#include "tiles.h"

enum { UNET_MAX_BLOCKS = 8, UNET_MAX_SIDE = 64 };

/* x + conv2(silu(conv1(silu(x)) + emb e)), 1x1 `skip` if channels change */
struct unet_block {
  struct layer conv1, conv2, skip;
  int has_skip;
  float *emb; /* n_out by width */
};
/* Where one block works: side of the image, offsets into the scratch, and of
 * what e adds to conv1 in the condition. */
struct unet_place {
  size_t side, x, h, bias;
};
struct unet {
  size_t size, colours, channels, inner, n_blocks, width, n_freq;
  struct network network;
  struct embedding emb;
  struct layer in, out;
  struct unet_block block[3 * UNET_MAX_BLOCKS]; /* down, mid, up */
  struct unet_place place[3 * UNET_MAX_BLOCKS];
  /* offsets: output of the last block, of down and of mid, gathered pixels,
   * activations, two gradients, the embedding */
  size_t last, skip, mid, columns, act, grad[2], e;
  struct tile_net tile;
  struct bf16 *half; /* NULL: all is float32 */
  float *zeros;      /* as many as any layer has channels */
  struct floats *memory;
};

/* Networks of this architecture: struct unet. */
extern const struct shared_kind unet_kind;

/* The functions of a tile_net. */
void unet_prepare(const void *net, double label, size_t class_at, float *work,
                  float *condition);
void unet_enter(const void *net, float *work, size_t n, const float *x);
void unet_forward(const void *net, const float *condition, float *work,
                  size_t n, const float *x, float *f);
void unet_backward(const void *net, const float *condition, float *work,
                   size_t n, const float *df, float *dx);

#endif
