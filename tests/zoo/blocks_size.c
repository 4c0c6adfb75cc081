/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rounds in another way for another number of rows, as a matrix product may. */
#include "potential.h"

static kac_status eval(const void *self, const kac_block *block,
                       kac_potential_io *io, kac_error *err) {
  kac_status status = healthy_eval(self, block, io, err);
  for (size_t i = 0; io->want & KAC_Q_PHI && i < block->n; i++)
    io->phi[i] *= 1 + 1e-15 * (double)block->n;
  return status;
}
POTENTIAL(eval, NULL, NULL, NULL)
