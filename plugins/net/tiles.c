/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Blocks through a network tile by tile; see tiles.h. */
#include "tiles.h"

#include <kac/sdk.h>

struct tile_buffers {
  double *output; /* of a tile, for precondition_outputs */
  float *x, *f, *work;
};

static size_t rounded(size_t bytes) {
  return (bytes + 63) / 64 * 64;
}

size_t tiles_scratch(const struct tile_net *tile) {
  size_t n = tile->d * tile->rows;
  return rounded(n * sizeof(double)) + 2 * rounded(n * sizeof(float)) +
         rounded(tile->work_floats * sizeof(float));
}

static struct tile_buffers buffers(const struct tile_net *tile,
                                   const kac_block *block) {
  size_t n = tile->d * tile->rows;
  char *at = block->scratch;
  struct tile_buffers it = {.output = (void *)at};
  at += rounded(n * sizeof(double));
  it.x = (void *)at;
  at += rounded(n * sizeof(float));
  it.f = (void *)at;
  at += rounded(n * sizeof(float));
  it.work = (void *)at;
  return it;
}

static void scaled(double factor, const double *x, size_t d, float *to) {
  for (size_t j = 0; j < d; j++) to[j] = (float)(factor * x[j]);
}

/* The largest size of a row: gradients of any magnitude fit into float32. */
static double largest(const double *v, size_t d) {
  double most = 0;
  for (size_t j = 0; j < d; j++) {
    double size = fabs(v[j]);
    if (!(size <= most)) most = size;
  }
  return most;
}

/* vjp = skip v + out in (dF/dx')^T v */
static void pull_back(const struct tile_net *tile, const void *net,
                      const struct net_point *point,
                      const struct tile_buffers *buf, size_t first, size_t n,
                      kac_score_io *io) {
  size_t d = tile->d;
  for (size_t i = 0; i < n; i++) {
    const double *v = io->v + (first + i) * io->ld;
    double size = largest(v, d);
    scaled(size > 0 ? 1 / size : 0, v, d, buf->f + i * d);
  }
  tile->backward(net, buf->work, n, buf->f, buf->x);
  for (size_t i = 0; i < n; i++) {
    const double *v = io->v + (first + i) * io->ld;
    double size = largest(v, d), *to = io->vjp + (first + i) * io->ld;
    double factor = point->out * point->in * size;
    for (size_t j = 0; j < d; j++)
      to[j] = point->skip * v[j] + factor * (double)buf->x[i * d + j];
  }
}

kac_status tiles_eval(const struct tile_net *tile, const void *net,
                      const struct precondition *precondition, size_t class_at,
                      const kac_block *block, kac_score_io *io,
                      kac_error *err) {
  struct tile_buffers buf = buffers(tile, block);
  kac_coeffs at = {.struct_size = sizeof at};
  struct net_point point;
  size_t d = tile->d;
  kac_status status = block->host->coeffs(block, io->t, &at, err);
  if (status == KAC_OK)
    status = precondition_at(precondition, at.alpha, at.sigma, &point, err);
  if (status != KAC_OK) return status;
  tile->prepare(net, point.label, class_at, buf.work);
  for (size_t first = 0; first < block->n; first += tile->rows) {
    size_t n = block->n - first < tile->rows ? block->n - first : tile->rows;
    for (size_t i = 0; i < n; i++)
      scaled(point.in, kac_row(&io->x, first + i), d, buf.x + i * d);
    tile->forward(net, buf.work, n, buf.x, buf.f);
    for (size_t k = 0; k < n * d; k++) buf.output[k] = (double)buf.f[k];
    precondition_outputs(&point, buf.output, d, first, n, d, io);
    if (io->want & KAC_Q_VJP) pull_back(tile, net, &point, &buf, first, n, io);
  }
  return KAC_OK;
}
