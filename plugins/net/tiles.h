/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A network as a score: the rows of a block in tiles that fit the cache, scaled
 * in and out as its parameterisation says, float64 outside and float32 inside.
 * What a row gives depends on that row alone. */
#ifndef KAC_NET_TILES_H
#define KAC_NET_TILES_H
#include "precondition.h"

/* What a head of a network is: the class it is told.  Heads of one network at
 * one noise share what goes before the condition, and are otherwise separate.
 */
enum { TILES_MAX_HEADS = 16 };
struct tile_net {
  size_t d, rows; /* numbers per row, rows per tile at most */
  size_t work_floats, condition_floats; /* what the functions below need */
  /* Once per call and head, before the tiles: what depends on the label and the
   * class only. */
  void (*prepare)(const void *net, double label, size_t class_at, float *work,
                  float *condition);
  /* n rows as far as no condition matters. */
  void (*enter)(const void *net, float *work, size_t n, const float *x);
  /* On from there: f = F(x); leaves in work what backward needs, and what enter
   * did for the next head. */
  void (*forward)(const void *net, const float *condition, float *work,
                  size_t n, const float *x, float *f);
  /* dx = (dF/dx)^T df of the last tile and head that went forward. */
  void (*backward)(const void *net, const float *condition, float *work,
                   size_t n, const float *df, float *dx);
};
size_t tiles_scratch(const struct tile_net *tile);

/* A call for n_heads classes (at most TILES_MAX_HEADS) of one network. */
struct tile_call {
  const struct tile_net *tile;
  const void *net;
  const struct precondition *precondition;
  const size_t *class_at;
  size_t n_heads;
};
/* Fills what each io wants of SCORE, X0, EPS and VJP; they have t, x and ld in
 * common.  Heads change no bit of one another. [worker] */
kac_status tiles_eval(const struct tile_call *call, const kac_block *block,
                      kac_score_io *const *ios, kac_error *err);

#endif
