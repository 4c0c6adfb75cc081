/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Only half of b du from the third coordinate on. */
#include "step.h"

static kac_status step(const void *self, const kac_block *block,
                       kac_step_io *io, kac_error *err) {
  double du = io->c0->t - io->c1->t;
  (void)self, (void)err;
  for (size_t i = 0; i < block->n; i++)
    for (size_t k = 2; k < block->space->n_real; k++)
      io->x.real[i * io->x.ld + k] -= 0.5 * io->f->b[i * io->f->ld + k] * du;
  return spoiled_step(block, io, 0, (struct factors){1, 1, 1, 0});
}
STEP(step)
