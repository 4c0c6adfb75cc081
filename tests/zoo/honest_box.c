/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nothing is wrong with it: log phi is 0 inside a box and -inf outside, and
 * offers no gradient. */
#include "potential.h"

static kac_status eval(const void *self, const kac_block *block,
                       kac_potential_io *io, kac_error *err) {
  (void)self, (void)err;
  for (size_t i = 0; i < block->n; i++) {
    const double *x = kac_row(&io->x, i);
    io->phi[i] = 0;
    for (size_t j = 0; j < block->space->n_real; j++)
      if (fabs(x[j]) > 1) io->phi[i] = -KAC_INF;
  }
  return KAC_OK;
}
KAC_POTENTIAL_PLUGIN(ANIMAL, "of the zoo", struct config, params, KAC_Q_PHI,
                     eval)
