/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An E(n)-equivariant network of bodies, every pair joined, and its transposed
 * derivative: Satorras, Hoogeboom, Welling 2021, arXiv 2102.09844.
 * Reference: EGNN of tools/kac_nets.py; docs/networks.md. */
#ifndef KAC_NET_EGNN_H
#define KAC_NET_EGNN_H
#include "embedding.h"
#include "network.h"
#include "tiles.h"

enum { EGNN_MAX_LAYERS = 16, EGNN_MAX_BODIES = 256, EGNN_MAX_DIM = 8 };

/* Messages m_ij, gates g_ij = out . silu(move m_ij), features. */
struct egnn_layer {
  struct layer ends;            /* of both ends of a pair, side by side */
  float *square, *start, *bias; /* d_ij^2 now and at the input; pair1.bias */
  struct layer pair, move, node1, node2;
  float *out;
  /* offsets: x, h, pre-activations of the pairs and of the features, d^2, g */
  size_t x, h, pair1, pair2, move1, node, d2, gate;
};
struct egnn {
  size_t n_bodies, dim, hidden, n_layers, n_freq;
  struct network network;
  struct embedding emb;
  struct egnn_layer layer[EGNN_MAX_LAYERS + 1]; /* the last: x alone */
  /* offsets: embedding, d^2 of the input, derivatives by d^2, d0^2, x and h,
   * one array per pair, two per body */
  size_t e, d0, grad_d2, grad_d0, grad_x, grad_h, pairs, pairs_too, ends, both;
  float *zeros;
  struct tile_net tile;
  struct bf16 *half; /* NULL: all is float32 */
  struct floats *memory;
};

/* Networks of this architecture: struct egnn. */
extern const struct shared_kind egnn_kind;

/* The functions of a tile_net; the condition is e. */
void egnn_prepare(const void *net, double label, size_t class_at, float *work,
                  float *condition);
void egnn_enter(const void *net, float *work, size_t n, const float *x);
void egnn_forward(const void *net, const float *condition, float *work,
                  size_t n, const float *x, float *f);
void egnn_backward(const void *net, const float *condition, float *work,
                   size_t n, const float *df, float *dx);

#endif
