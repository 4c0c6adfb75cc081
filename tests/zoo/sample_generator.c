/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws with a generator of its own. */
#include <stdlib.h>

#include "several.h"

static kac_status sample(const void *self, const kac_block *block,
                         kac_sample_io *io, kac_error *err) {
  kac_status status = healthy_sample(self, block, io, err);
  size_t d = block->space->n_real;
  for (size_t i = 0; i < block->n; i++)
    for (size_t j = 0; j < d; j++)
      if (rand() % 2) io->x.real[i * io->x.ld + j] *= -1;
  return status;
}
SEVERAL(sample, healthy_group)
