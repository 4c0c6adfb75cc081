/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The healthy potential of the zoo that is told of the last look: log phi =
 * -stiffness |x - x_prev|^2/2, and 0 at the first look. */
#ifndef KAC_ZOO_PREVIOUS_H
#define KAC_ZOO_PREVIOUS_H
#define KAC_NEED_MINOR 1u
#include "potential.h"

KAC_INLINE kac_status previous_eval(const void *self, const kac_block *block,
                                    kac_potential_io *io, kac_error *err) {
  const struct config *cfg = self;
  size_t d = block->space->n_real;
  (void)err;
  for (size_t i = 0; i < block->n; i++) {
    const double *x = kac_row(&io->x, i);
    double sum = 0;
    for (size_t j = 0; j < d && io->x_prev.real; j++) {
      double step = x[j] - kac_row(&io->x_prev, i)[j];
      sum += step * step;
    }
    io->phi[i] = -0.5 * cfg->stiffness * sum;
  }
  return KAC_OK;
}

#define PREVIOUS(EVAL)                                                  \
  static const kac_potential_ops ops = {sizeof ops, 0, EVAL};           \
  static const kac_component component = {                              \
      KAC_COMPONENT(KAC_POTENTIAL, ANIMAL, "of the zoo", struct config, \
                    params, kac_potential_ops, ops),                    \
      .provides = KAC_Q_PHI, .needs = KAC_Q_PREV};                      \
  KAC_MODULE(component)

#endif
