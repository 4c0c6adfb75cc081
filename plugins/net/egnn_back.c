/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The transposed derivative of an EGNN, layer by layer from the last; egnn.c
 * has the formulas.  gx and gh are the derivatives at the outputs of a layer
 * and become those at its inputs. */
#include <kac/sdk.h>

#include "activation.h"
#include "egnn_steps.h"

/* gh through the features: gh at the input, that at the messages' means (into
 * the second half of `both`). */
static void features_back(const struct egnn *net,
                          const struct egnn_layer *layer, float *work,
                          size_t n) {
  size_t hidden = net->hidden, rows = n * net->n_bodies;
  float *gh = work + net->grad_h, *act = work + net->ends;
  float *both = work + net->both;
  layer_backward(&layer->node2, rows, 1, gh, NULL, act);
  activation_pull_back(ACTIVATION_SILU, work + layer->node, layer->node1.bias,
                       rows, hidden, act);
  layer_backward(&layer->node1, rows, 1, act, NULL, both);
  for (size_t p = 0; p < rows; p++)
    for (size_t k = 0; k < hidden; k++)
      gh[p * hidden + k] += both[2 * p * hidden + k];
}

/* One pair of the coordinates: the derivative at g into *gate, that at d^2
 * added, that at x_i - x_j into diff. */
static void pair_back(size_t dim, const float *one, const float *other,
                      const float *gx, float d2, float scale, float *gate,
                      float *grad_d2, float *diff) {
  float r = egnn_distance(d2), below = 1.0F / (1.0F + r), along = 0.0F;
  for (size_t c = 0; c < dim; c++) {
    along += (one[c] - other[c]) * gx[c];
    diff[c] = scale * *gate * below * gx[c];
  }
  along *= scale;
  *grad_d2 = -0.5F * along * *gate * below * below / r;
  *gate = along * below;
}

/* gx through x_i += ...; gates become their derivatives. */
static void move_back(const struct egnn *net, const struct egnn_layer *layer,
                      float *work, size_t n) {
  size_t bodies = net->n_bodies, dim = net->dim, size = n * bodies * dim;
  float *gx = work + net->grad_x, *sum = gx + size;
  float scale = 1.0F / (float)(bodies - 1);
  const float *x = work + layer->x, *d2 = work + layer->d2;
  memcpy(sum, gx, size * sizeof *gx);
  for (size_t p = 0; p < n * bodies; p++)
    for (size_t j = 0; j < bodies; j++) {
      size_t q = p / bodies * bodies + j, pair = p * bodies + j;
      float diff[EGNN_MAX_DIM];
      pair_back(dim, x + p * dim, x + q * dim, gx + p * dim, d2[pair], scale,
                work + layer->gate + pair, work + net->grad_d2 + pair, diff);
      for (size_t c = 0; c < dim; c++) {
        sum[p * dim + c] += diff[c];
        sum[q * dim + c] -= diff[c];
      }
    }
  memcpy(gx, sum, size * sizeof *gx);
}

KAC_CLONES static void spread(const float *restrict gate,
                              const float *restrict out, size_t rows,
                              size_t width, float *restrict g) {
  for (size_t r = 0; r < rows; r++)
    for (size_t k = 0; k < width; k++) g[r * width + k] = gate[r] * out[k];
}

/* Adds the derivative at the mean message of body i to all its pairs; then
 * i = j has none. */
static void add_means(const struct egnn *net, float *work, size_t n, int has,
                      float *g) {
  size_t bodies = net->n_bodies, hidden = net->hidden;
  float scale = 1.0F / (float)(bodies - 1);
  for (size_t p = 0; p < n * bodies; p++) {
    const float *mean = work + net->both + (2 * p + 1) * hidden;
    float *rows = g + p * bodies * hidden;
    for (size_t j = 0; has && j < bodies; j++)
      for (size_t k = 0; k < hidden; k++)
        rows[j * hidden + k] += scale * mean[k];
    memset(rows + p % bodies * hidden, 0, hidden * sizeof *rows);
  }
}

/* Derivatives at both ends of all pairs: sums over j and over i. */
static void ends_back(const struct egnn *net, size_t n, const float *g,
                      float *ends) {
  size_t bodies = net->n_bodies, hidden = net->hidden;
  memset(ends, 0, 2 * n * bodies * hidden * sizeof *ends);
  for (size_t p = 0; p < n * bodies; p++)
    for (size_t j = 0; j < bodies; j++, g += hidden) {
      float *one = ends + 2 * p * hidden;
      float *other = ends + (2 * (p / bodies * bodies + j) + 1) * hidden;
      for (size_t k = 0; k < hidden; k++) {
        one[k] += g[k];
        other[k] += g[k];
      }
    }
}

/* From the gates' derivatives to those at h, d^2 and d0^2. */
static void messages_back(const struct egnn *net,
                          const struct egnn_layer *layer, float *work, size_t n,
                          int has_features) {
  size_t bodies = net->n_bodies, hidden = net->hidden;
  size_t n_pairs = n * bodies * bodies;
  float *a = work + net->pairs, *b = work + net->pairs_too;
  float *ends = work + net->ends, *gh = work + net->grad_h;
  float *d2 = work + net->grad_d2, *d0 = work + net->grad_d0;
  spread(work + layer->gate, layer->out, n_pairs, hidden, a);
  activation_pull_back(ACTIVATION_SILU, work + layer->move1, layer->move.bias,
                       n_pairs, hidden, a);
  layer_backward(&layer->move, n_pairs, 1, a, NULL, b);
  add_means(net, work, n, has_features, b);
  activation_pull_back(ACTIVATION_SILU, work + layer->pair2, layer->pair.bias,
                       n_pairs, hidden, b);
  layer_backward(&layer->pair, n_pairs, 1, b, NULL, a);
  activation_pull_back(ACTIVATION_SILU, work + layer->pair1, layer->bias,
                       n_pairs, hidden, a);
  float *part = b; /* one number per pair */
  egnn_dot(layer->square, a, n_pairs, hidden, part);
  for (size_t p = 0; p < n_pairs; p++) d2[p] += part[p];
  egnn_dot(layer->start, a, n_pairs, hidden, part);
  for (size_t p = 0; p < n_pairs; p++) d0[p] += part[p];
  ends_back(net, n, a, ends);
  layer_backward(&layer->ends, n * bodies, 1, ends, NULL, work + net->both);
  for (size_t k = 0; k < n * bodies * hidden; k++) gh[k] += work[net->both + k];
}

/* gx += 2 (x_i - x_j) d2_ij at i and - that at j. */
static void distances_back(const struct egnn *net, size_t n, const float *x,
                           const float *d2, float *gx) {
  size_t bodies = net->n_bodies, dim = net->dim;
  for (size_t p = 0; p < n * bodies; p++)
    for (size_t j = 0; j < bodies; j++) {
      size_t q = p / bodies * bodies + j;
      for (size_t c = 0; c < dim; c++) {
        float part =
            2.0F * d2[p * bodies + j] * (x[p * dim + c] - x[q * dim + c]);
        gx[p * dim + c] += part;
        gx[q * dim + c] -= part;
      }
    }
}

void egnn_backward(const void *self, const float *condition, float *work,
                   size_t n, const float *df, float *dx) {
  const struct egnn *net = self;
  (void)condition; /* nothing is told of it on the way back */
  size_t size = n * net->tile.d, n_pairs = n * net->n_bodies * net->n_bodies;
  float *gx = work + net->grad_x, *d0 = work + net->grad_d0;
  memcpy(dx, df, size * sizeof *dx);
  egnn_centre(net, n, dx);
  memcpy(gx, dx, size * sizeof *gx);
  memset(d0, 0, n_pairs * sizeof *d0);
  memset(work + net->grad_h, 0, n * net->n_bodies * net->hidden * sizeof *gx);
  for (size_t k = net->n_layers; k-- > 0;) {
    const struct egnn_layer *layer = &net->layer[k];
    int has_features = k + 1 < net->n_layers;
    if (has_features) features_back(net, layer, work, n);
    move_back(net, layer, work, n);
    messages_back(net, layer, work, n, has_features);
    distances_back(net, n, work + layer->x, work + net->grad_d2, gx);
  }
  distances_back(net, n, work + net->layer[0].x, d0, gx);
  for (size_t k = 0; k < size; k++) dx[k] = gx[k] - dx[k];
}
