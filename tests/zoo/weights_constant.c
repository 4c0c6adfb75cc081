/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A constant in the log ratio that is not of the proposal. */
#include "tilted.h"

static kac_status step(const void *self, const kac_block *block,
                       kac_step_io *io, kac_error *err) {
  kac_status status = tilted_step(self, block, io, 1);
  (void)err;
  for (size_t i = 0; i < block->n; i++) io->dlogw[i] += 0.01;
  return status;
}
TILTED(step)
