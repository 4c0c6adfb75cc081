/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The gradient is infinite where a parameter is zero. */
#include "potential.h"

static kac_status eval(const void *self, const kac_block *block,
                       kac_potential_io *io, kac_error *err) {
  const struct config *cfg = self;
  kac_status status = healthy_eval(self, block, io, err);
  if ((io->want & KAC_Q_DPHI) && !(cfg->stiffness > 0))
    for (size_t i = 0; i < block->n; i++) io->dphi[i * io->ld] = KAC_INF;
  return status;
}
POTENTIAL(eval, NULL, NULL, NULL)
