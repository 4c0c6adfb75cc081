/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One resampling of a plugin on trial, with its memory marked. */
#ifndef KAC_CORE_DRAW_H
#define KAC_CORE_DRAW_H
#include "conform/trial.h"

enum { DRAW_MOST = 128 };
struct draw {
  struct trial *trial;
  size_t n_in, n_out, n_uniform;
  double w[DRAW_MOST], logw[DRAW_MOST], logw_out[2 * DRAW_MOST], *u;
  uint32_t ancestor[2 * DRAW_MOST];
  void *scratch;
  kac_error err;
};

bool draw_open(struct draw *draw, struct trial *trial, size_t n_in,
               size_t n_out);
void draw_close(struct draw *draw);
/* Positive numbers whose ratios reach a hundred. */
void draw_uneven(double *w, size_t n, uint64_t seed);
void draw_set_weights(struct draw *draw, const double *w);
/* The same `round` has the same uniforms. */
void draw_set_uniforms(struct draw *draw, size_t round);
/* One call with what has been set. */
kac_status draw_call(struct draw *draw);
/* Uniforms, a call, and a look at every entry: a living particle, a weight that
 * is a number.  False with a verdict, which begins with `what`. */
bool draw_well(struct draw *draw, size_t round, const char *what);

#endif
