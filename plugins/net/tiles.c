/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Blocks through a network tile by tile; see tiles.h. */
#include "tiles.h"

#include <kac/sdk.h>

struct tile_buffers {
  double *output; /* of a tile, for precondition_outputs */
  float *x, *f, *v, *dx, *work, *conditions;
};

static size_t rounded(size_t bytes) {
  return (bytes + 63) / 64 * 64;
}

size_t tiles_scratch(const struct tile_net *tile) {
  size_t n = tile->d * tile->rows;
  return rounded(n * sizeof(double)) + 4 * rounded(n * sizeof(float)) +
         rounded(tile->work_floats * sizeof(float)) +
         TILES_MAX_HEADS * tile->condition_floats * sizeof(float);
}

static float *take(char **at, size_t n) {
  float *here = (void *)*at;
  *at += rounded(n * sizeof *here);
  return here;
}

static struct tile_buffers buffers(const struct tile_net *tile,
                                   const kac_block *block) {
  size_t n = tile->d * tile->rows;
  char *at = block->scratch;
  struct tile_buffers it = {.output = (void *)at};
  at += rounded(n * sizeof(double));
  it.x = take(&at, n);
  it.f = take(&at, n);
  it.v = take(&at, n);
  it.dx = take(&at, n);
  it.work = take(&at, tile->work_floats);
  it.conditions = take(&at, 0);
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

/* A tile of rows, and the head it is for. */
struct tile_part {
  size_t first, n;
  const float *condition;
};

/* vjp = skip v + out in (dF/dx')^T v */
static void pull_back(const struct tile_call *call,
                      const struct net_point *point,
                      const struct tile_buffers *buf,
                      const struct tile_part *part, kac_score_io *io) {
  size_t d = call->tile->d;
  for (size_t i = 0; i < part->n; i++) {
    const double *v = io->v + (part->first + i) * io->ld;
    double size = largest(v, d);
    scaled(size > 0 ? 1 / size : 0, v, d, buf->v + i * d);
  }
  call->tile->backward(call->net, part->condition, buf->work, part->n, buf->v,
                       buf->dx);
  for (size_t i = 0; i < part->n; i++) {
    const double *v = io->v + (part->first + i) * io->ld;
    double size = largest(v, d), *to = io->vjp + (part->first + i) * io->ld;
    double factor = point->out * point->in * size;
    for (size_t j = 0; j < d; j++)
      to[j] = point->skip * v[j] + factor * (double)buf->dx[i * d + j];
  }
}

/* One head, from what enter has left. */
static void finish_head(const struct tile_call *call,
                        const struct net_point *point,
                        const struct tile_buffers *buf,
                        const struct tile_part *part, kac_score_io *io) {
  size_t d = call->tile->d;
  call->tile->forward(call->net, part->condition, buf->work, part->n, buf->x,
                      buf->f);
  for (size_t k = 0; k < part->n * d; k++) buf->output[k] = (double)buf->f[k];
  precondition_outputs(point, buf->output, d, part->first, part->n, d, io);
  if (io->want & KAC_Q_VJP) pull_back(call, point, buf, part, io);
}

kac_status tiles_eval(const struct tile_call *call, const kac_block *block,
                      kac_score_io *const *ios, kac_error *err) {
  const struct tile_net *tile = call->tile;
  struct tile_buffers buf = buffers(tile, block);
  kac_coeffs at = {.struct_size = sizeof at};
  struct net_point point;
  kac_status status = block->host->coeffs(block, ios[0]->t, &at, err);
  if (status == KAC_OK)
    status =
        precondition_at(call->precondition, at.alpha, at.sigma, &point, err);
  if (status != KAC_OK) return status;
  for (size_t h = 0; h < call->n_heads; h++)
    tile->prepare(call->net, point.label, call->class_at[h], buf.work,
                  buf.conditions + h * tile->condition_floats);
  for (size_t first = 0; first < block->n; first += tile->rows) {
    size_t left = block->n - first;
    struct tile_part part = {.first = first,
                             .n = left < tile->rows ? left : tile->rows};
    for (size_t i = 0; i < part.n; i++)
      scaled(point.in, kac_row(&ios[0]->x, first + i), tile->d,
             buf.x + i * tile->d);
    tile->enter(call->net, buf.work, part.n, buf.x);
    for (size_t h = 0; h < call->n_heads; h++) {
      part.condition = buf.conditions + h * tile->condition_floats;
      finish_head(call, &point, &buf, &part, ios[h]);
    }
  }
  return KAC_OK;
}
