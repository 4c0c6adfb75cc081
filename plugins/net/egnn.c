/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forward of an EGNN; see egnn.h.  Row (particle, i, j) of an array of pairs is
 * the message to body i from body j; i = j has none.  With d = x_i - x_j:
 *
 *   m_ij = silu(pair2 silu(pair1 (h_i, h_j, d^2, d0^2)))
 *   x_i += sum_j d g_ij/(1 + sqrt(d^2 + 1e-8))/(n-1), g_ij = move2 silu(move1
 * m) h_i += node2 silu(node1 (h_i, sum_j m_ij/(n-1))) F = x after the layers -
 * x before, without its mean over bodies */
#include "egnn.h"

#include <kac/sdk.h>

#include "activation.h"
#include "egnn_steps.h"

void egnn_prepare(const void *self, double label, size_t class_at, float *work,
                  float *condition) {
  const struct egnn *net = self;
  float *e = work + net->e;
  embedding_at(&net->emb, label, class_at, e + net->hidden, e);
  memcpy(condition, e, net->hidden * sizeof *e);
}

/* Squared distances of all pairs. */
static void distances(const struct egnn *net, size_t n, const float *x,
                      float *d2) {
  size_t bodies = net->n_bodies, dim = net->dim;
  for (size_t p = 0; p < n * bodies; p++) {
    const float *one = x + p * dim, *all = x + p / bodies * bodies * dim;
    for (size_t j = 0; j < bodies; j++) {
      float sum = 0.0F;
      for (size_t c = 0; c < dim; c++) {
        float d = one[c] - all[j * dim + c];
        sum += d * d;
      }
      d2[p * bodies + j] = sum;
    }
  }
}

/* What pair1 gives for one pair, without its bias. */
KAC_CLONES static void pair_rows(const struct egnn_layer *layer, size_t hidden,
                                 size_t bodies, const float *restrict ends,
                                 const float *restrict one,
                                 const float *restrict d2,
                                 const float *restrict d0,
                                 float *restrict out) {
  for (size_t j = 0; j < bodies; j++, out += hidden) {
    const float *other = ends + (2 * j + 1) * hidden;
    for (size_t k = 0; k < hidden; k++)
      out[k] = (one[k] + other[k]) +
               (d2[j] * layer->square[k] + d0[j] * layer->start[k]);
  }
}

/* m = silu(pair2 silu(pair1)) into `pairs`, zero for i = j. */
static void messages(const struct egnn *net, const struct egnn_layer *layer,
                     float *work, size_t n) {
  size_t bodies = net->n_bodies, hidden = net->hidden, stride = 2 * hidden;
  size_t n_pairs = n * bodies * bodies;
  float *ends = work + net->ends, *pairs = work + net->pairs;
  const float *d2 = work + layer->d2, *d0 = work + net->d0;
  layer_forward(&layer->ends, n * bodies, 1, work + layer->h, NULL, ends);
  for (size_t p = 0; p < n * bodies; p++)
    pair_rows(layer, hidden, bodies, ends + p / bodies * bodies * stride,
              ends + p * stride, d2 + p * bodies, d0 + p * bodies,
              work + layer->pair1 + p * bodies * hidden);
  egnn_silu(layer->bias, work + layer->pair1, n_pairs, hidden, pairs);
  layer_forward(&layer->pair, n_pairs, 1, pairs, NULL, work + layer->pair2);
  egnn_silu(layer->pair.bias, work + layer->pair2, n_pairs, hidden, pairs);
  for (size_t p = 0; p < n * bodies; p++)
    memset(pairs + (p * bodies + p % bodies) * hidden, 0,
           hidden * sizeof *pairs);
}

/* New coordinates from the gates of the messages in `pairs`. */
static void move(const struct egnn *net, const struct egnn_layer *layer,
                 float *work, size_t n) {
  size_t bodies = net->n_bodies, hidden = net->hidden, dim = net->dim;
  size_t n_pairs = n * bodies * bodies;
  float *act = work + net->pairs_too, *gate = work + layer->gate;
  const float *x = work + layer->x, *d2 = work + layer->d2;
  float *to = work + (layer + 1)->x;
  layer_forward(&layer->move, n_pairs, 1, work + net->pairs, NULL,
                work + layer->move1);
  egnn_silu(layer->move.bias, work + layer->move1, n_pairs, hidden, act);
  egnn_dot(layer->out, act, n_pairs, hidden, gate);
  for (size_t p = 0; p < n * bodies; p++) {
    const float *one = x + p * dim, *all = x + p / bodies * bodies * dim;
    float sum[EGNN_MAX_DIM] = {0};
    for (size_t j = 0; j < bodies; j++) {
      size_t pair = p * bodies + j;
      float g = gate[pair] / (1.0F + egnn_distance(d2[pair]));
      for (size_t c = 0; c < dim; c++)
        sum[c] += (one[c] - all[j * dim + c]) * g;
    }
    for (size_t c = 0; c < dim; c++)
      to[p * dim + c] = one[c] + sum[c] / (float)(bodies - 1);
  }
}

/* New features: (h, mean message) through node1 and node2. */
static void features(const struct egnn *net, const struct egnn_layer *layer,
                     float *work, size_t n) {
  size_t bodies = net->n_bodies, hidden = net->hidden;
  float *both = work + net->both, *act = work + net->ends;
  const float *h = work + layer->h, *m = work + net->pairs;
  float *to = work + (layer + 1)->h;
  for (size_t p = 0; p < n * bodies; p++) {
    float *row = both + 2 * p * hidden;
    memcpy(row, h + p * hidden, hidden * sizeof *row);
    egnn_mean(m + p * bodies * hidden, bodies, hidden, row + hidden);
  }
  layer_forward(&layer->node1, n * bodies, 1, both, NULL, work + layer->node);
  egnn_silu(layer->node1.bias, work + layer->node, n * bodies, hidden, act);
  layer_forward(&layer->node2, n * bodies, 1, act, NULL, to);
  for (size_t p = 0; p < n * bodies; p++)
    for (size_t k = 0; k < hidden; k++)
      to[p * hidden + k] += h[p * hidden + k] + layer->node2.bias[k];
}

void egnn_enter(const void *self, float *work, size_t n, const float *x) {
  const struct egnn *net = self;
  memcpy(work + net->layer[0].x, x, n * net->tile.d * sizeof *x);
  distances(net, n, x, work + net->layer[0].d2);
}

void egnn_forward(const void *self, const float *condition, float *work,
                  size_t n, const float *x, float *f) {
  const struct egnn *net = self;
  size_t bodies = net->n_bodies, dim = net->dim, hidden = net->hidden;
  for (size_t p = 0; p < n * bodies; p++)
    memcpy(work + net->layer[0].h + p * hidden, condition,
           hidden * sizeof *work);
  for (size_t k = 0; k < net->n_layers; k++) {
    const struct egnn_layer *layer = &net->layer[k];
    if (k > 0) distances(net, n, work + layer->x, work + layer->d2);
    messages(net, layer, work, n);
    move(net, layer, work, n);
    if (k + 1 < net->n_layers) features(net, layer, work, n);
  }
  const float *last = work + net->layer[net->n_layers].x;
  for (size_t k = 0; k < n * bodies * dim; k++) f[k] = last[k] - x[k];
  egnn_centre(net, n, f);
}
