/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps two numbers in bytes for one. */
#include "memory.h"

static kac_status eval(const void *self, const kac_block *block,
                       kac_potential_io *io, kac_error *err) {
  size_t d = block->space->n_real, stride = block->pstate_stride;
  (void)err;
  for (size_t i = 0; i < block->n; i++) {
    unsigned char *at = block->pstate ? block->pstate + i * stride : NULL;
    io->phi[i] = memory_look(self, io, i, d, at);
    if (at && !(io->flags & KAC_TRIAL))
      memcpy(at + sizeof(double), &io->t, sizeof io->t);
  }
  return KAC_OK;
}
MEMORY(eval)
