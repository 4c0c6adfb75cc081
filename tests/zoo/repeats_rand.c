/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws its random numbers from rand(). */
#include <stdlib.h>

#include "potential.h"

static kac_status eval(const void *self, const kac_block *block,
                       kac_potential_io *io, kac_error *err) {
  kac_status status = healthy_eval(self, block, io, err);
  if (io->want & KAC_Q_PHI)
    for (size_t i = 0; i < block->n; i++) io->phi[i] += 1e-9 * rand();
  return status;
}
POTENTIAL(eval, NULL, NULL, NULL)
