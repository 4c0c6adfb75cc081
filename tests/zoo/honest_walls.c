/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nothing is wrong with it: hard walls at |x| = 1.5, beyond which log phi is
 * -inf and the gradient zero. */
#include "potential.h"

static kac_status eval(const void *self, const kac_block *block,
                       kac_potential_io *io, kac_error *err) {
  size_t d = block->space->n_real;
  kac_status status = healthy_eval(self, block, io, err);
  for (size_t i = 0; i < block->n; i++) {
    const struct config unit = {2};
    if (harmonic(&unit, kac_row(&io->x, i), d) > -2.25) continue;
    if (io->want & KAC_Q_PHI) io->phi[i] = -KAC_INF;
    for (size_t j = 0; io->want & KAC_Q_DPHI && j < d; j++)
      io->dphi[i * io->ld + j] = 0;
  }
  return status;
}
POTENTIAL(eval, NULL, NULL, NULL)
