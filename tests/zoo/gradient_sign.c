/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The gradient of the energy, not of log phi. */
#include "potential.h"

static kac_status eval(const void *self, const kac_block *block,
                       kac_potential_io *io, kac_error *err) {
  size_t d = block->space->n_real;
  kac_status status = healthy_eval(self, block, io, err);
  for (size_t i = 0; io->want & KAC_Q_DPHI && i < block->n; i++)
    for (size_t j = 0; j < d; j++) io->dphi[i * io->ld + j] *= -1;
  return status;
}
POTENTIAL(eval, NULL, NULL, NULL)
