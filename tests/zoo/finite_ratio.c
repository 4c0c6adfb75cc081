/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The log ratio of its proposal is infinite. */
#include "tilted.h"

static kac_status step(const void *self, const kac_block *block,
                       kac_step_io *io, kac_error *err) {
  kac_status status = tilted_step(self, block, io, 1);
  (void)err;
  for (size_t i = 0; i < block->n; i++) io->dlogw[i] -= log(0.0);
  return status;
}
TILTED(step)
