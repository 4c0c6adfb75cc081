/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps the point where the last one is lent. */
#include "previous.h"

static kac_status eval(const void *self, const kac_block *block,
                       kac_potential_io *io, kac_error *err) {
  kac_status status = previous_eval(self, block, io, err);
  double *prev = (double *)(uintptr_t)io->x_prev.real;
  for (size_t i = 0; prev && i < block->n; i++)
    prev[i * io->x_prev.ld] = kac_row(&io->x, i)[0];
  return status;
}
PREVIOUS(eval)
