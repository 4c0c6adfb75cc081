/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The gradient forgets the stiffness, which is 1 unless it has been said. */
#include "potential.h"

static kac_status eval(const void *self, const kac_block *block,
                       kac_potential_io *io, kac_error *err) {
  kac_status status = healthy_eval(self, block, io, err);
  if (io->want & KAC_Q_DPHI)
    for (size_t i = 0; i < block->n; i++)
      for (size_t j = 0; j < block->space->n_real; j++)
        io->dphi[i * io->ld + j] = -kac_row(&io->x, i)[j];
  return status;
}
POTENTIAL(eval, NULL, NULL, NULL)
