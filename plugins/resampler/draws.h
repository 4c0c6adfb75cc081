/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inline helpers for resamplers that draw from the weights: a walk along the
 * cumulated weights that never stops at a weight of zero, and multinomial draws
 * in increasing order. */
#ifndef KAC_PLUGINS_RESAMPLER_DRAWS_H
#define KAC_PLUGINS_RESAMPLER_DRAWS_H
#include "weights.h"

enum { CHUNK = 256 };

/* Inverse of the cumulated weights for points that increase.  A point belongs
 * to the first index whose edge is above it, at most `last`. */
struct walk {
  const double *w;
  size_t i, last;
  struct running passed;
  double edge;
};

KAC_INLINE struct walk walk_begin(const double *w, size_t n) {
  struct walk walk = {.w = w, .last = weights_last(w, n)};
  running_add(&walk.passed, w[0]);
  walk.edge = w[0];
  return walk;
}

KAC_INLINE uint32_t walk_to(struct walk *walk, double point) {
  while (walk->edge <= point && walk->i < walk->last) {
    walk->i++;
    running_add(&walk->passed, walk->w[walk->i]);
    walk->edge = running_total(&walk->passed);
  }
  return (uint32_t)walk->i;
}

/* Exponentials -log u of up to CHUNK uniforms. */
KAC_CLONES
static void exponentials(const double *u, size_t n, double *out) {
  for (size_t i = 0; i < n; i++) out[i] = -kac_log(u[i]);
}

/* n multinomial draws from weights of the given total, in increasing order,
 * from n + 1 uniforms: partial sums of n + 1 exponentials over their sum are n
 * sorted uniforms (Devroye 1986, section V.3.1). */
__attribute__((unused)) static void draw_sorted(const double *w, size_t n_in,
                                                double total, const double *u,
                                                size_t n, uint32_t *out) {
  double e[CHUNK], sum = 0, passed = 0;
  for (size_t i = 0; i <= n; i += CHUNK) {
    size_t some = n + 1 - i < CHUNK ? n + 1 - i : CHUNK;
    exponentials(u + i, some, e);
    for (size_t k = 0; k < some; k++) sum += e[k];
  }
  struct walk walk = walk_begin(w, n_in);
  for (size_t i = 0; i < n; i += CHUNK) {
    size_t some = n - i < CHUNK ? n - i : CHUNK;
    exponentials(u + i, some, e);
    for (size_t k = 0; k < some; k++) {
      passed += e[k];
      out[i + k] = walk_to(&walk, passed / sum * total);
    }
  }
}

#endif
