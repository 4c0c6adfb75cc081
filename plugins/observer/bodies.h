/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the observers of particles share: they need bodies in one to three
 * dimensions, and write three coordinates of each, zero where the state has
 * fewer, times a factor that turns the lengths of the run into those of the
 * reader. */
#ifndef KAC_PLUGINS_OBSERVER_BODIES_H
#define KAC_PLUGINS_OBSERVER_BODIES_H
#include <kac/sdk.h>

__attribute__((unused)) static kac_status bodies_check(const kac_space *space,
                                                       kac_error *err) {
  if (space->n_bodies < 2)
    return kac_fail(err, KAC_EUNSUPPORTED,
                    "the state is %zu numbers, expected particles: state = { "
                    "particles = 13; dim = 3; }",
                    space->n_real);
  if (space->n_dim <= 3) return KAC_OK;
  return kac_fail(err, KAC_EUNSUPPORTED,
                  "the state has particles in %zu dimensions, expected at most "
                  "3",
                  space->n_dim);
}

/* Coordinate k < 3 of body i. */
KAC_INLINE double bodies_at(const kac_space *space, const double *x, size_t i,
                            size_t k) {
  return k < space->n_dim ? x[i * space->n_dim + k] : 0;
}

/* Is a frame one of the every-interval-th steps, or the last? */
KAC_INLINE int bodies_is_wanted(const kac_frame *frame, int64_t interval) {
  if (frame->flags & KAC_FRAME_FINAL) return 1;
  return interval > 0 && frame->step % (uint64_t)interval == 0;
}

#endif
