/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Takes every space to be a plane. */
#include "potential.h"

static kac_status eval(const void *self, const kac_block *block,
                       kac_potential_io *io, kac_error *err) {
  kac_status status = healthy_eval(self, block, io, err);
  if (io->want & KAC_Q_PHI)
    for (size_t i = 0; i < block->n; i++)
      io->phi[i] = harmonic(self, kac_row(&io->x, i), 2);
  return status;
}
POTENTIAL(eval, NULL, NULL, NULL)
