/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A network as a score: the rows of a block in tiles that fit the cache, scaled
 * in and out as its parameterisation says, float64 outside and float32 inside.
 * What a row gives depends on that row alone. */
#ifndef KAC_NET_TILES_H
#define KAC_NET_TILES_H
#include "precondition.h"

struct tile_net {
  size_t d, rows;     /* numbers per row, rows per tile at most */
  size_t work_floats; /* what the functions below need */
  /* Once per call, before the tiles: what depends on the label only. */
  void (*prepare)(const void *net, double label, size_t class_at, float *work);
  /* f = F(x) for n rows; leaves in work what backward needs. */
  void (*forward)(const void *net, float *work, size_t n, const float *x,
                  float *f);
  /* dx = (dF/dx)^T df of the last tile that went forward. */
  void (*backward)(const void *net, float *work, size_t n, const float *df,
                   float *dx);
};
size_t tiles_scratch(const struct tile_net *tile);
/* Fills what io wants of SCORE, X0, EPS and VJP. [worker] */
kac_status tiles_eval(const struct tile_net *tile, const void *net,
                      const struct precondition *precondition, size_t class_at,
                      const kac_block *block, kac_score_io *io, kac_error *err);

#endif
