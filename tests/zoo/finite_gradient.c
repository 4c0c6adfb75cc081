/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Normalises a vector that may be zero. */
#include "potential.h"

static kac_status eval(const void *self, const kac_block *block,
                       kac_potential_io *io, kac_error *err) {
  kac_status status = healthy_eval(self, block, io, err);
  for (size_t i = 0; io->want & KAC_Q_DPHI && i < block->n; i++) {
    double past = fmax(kac_row(&io->x, i)[0] - 1, 0);
    io->dphi[i * io->ld] *= past / past;
  }
  return status;
}
POTENTIAL(eval, NULL, NULL, NULL)
