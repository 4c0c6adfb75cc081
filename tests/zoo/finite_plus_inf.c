/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Infinitely good, where only infinitely bad is allowed. */
#include "potential.h"

static kac_status eval(const void *self, const kac_block *block,
                       kac_potential_io *io, kac_error *err) {
  kac_status status = healthy_eval(self, block, io, err);
  if (io->want & KAC_Q_PHI)
    for (size_t i = 0; i < block->n; i++)
      if (kac_row(&io->x, i)[0] > 1) io->phi[i] = KAC_INF;
  return status;
}
POTENTIAL(eval, NULL, NULL, NULL)
