/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes the bytes of a particle in trial calls too, which have none. */
#include "memory.h"

static kac_status eval(const void *self, const kac_block *block,
                       kac_potential_io *io, kac_error *err) {
  size_t d = block->space->n_real, stride = block->pstate_stride;
  (void)err;
  for (size_t i = 0; i < block->n; i++) {
    double worst, now = -harmonic(self, kac_row(&io->x, i), d);
    memcpy(&worst, block->pstate + i * stride, sizeof worst);
    if (now > worst) worst = now;
    memcpy(block->pstate + i * stride, &worst, sizeof worst);
    io->phi[i] = -worst;
  }
  return KAC_OK;
}
MEMORY(eval)
