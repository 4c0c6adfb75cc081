/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The logarithm of a negative number. */
#include "potential.h"

static kac_status eval(const void *self, const kac_block *block,
                       kac_potential_io *io, kac_error *err) {
  kac_status status = healthy_eval(self, block, io, err);
  if (io->want & KAC_Q_PHI)
    for (size_t i = 0; i < block->n; i++)
      io->phi[i] += 0 * log(1 + kac_row(&io->x, i)[0]);
  return status;
}
POTENTIAL(eval, NULL, NULL, NULL)
