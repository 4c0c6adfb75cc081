/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The gradient is right in a plane, and half as long again along the third
 * coordinate. */
#include "potential.h"

static kac_status eval(const void *self, const kac_block *block,
                       kac_potential_io *io, kac_error *err) {
  kac_status status = healthy_eval(self, block, io, err);
  if ((io->want & KAC_Q_DPHI) && block->space->n_real > 2)
    for (size_t i = 0; i < block->n; i++) io->dphi[i * io->ld + 2] *= 1.5;
  return status;
}
POTENTIAL(eval, NULL, NULL, NULL)
