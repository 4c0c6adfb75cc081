/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The drift of the ODE with the noise of the SDE. */
#include "kernel.h"

static kac_status kernel(const void *self, const kac_block *block,
                         kac_kernel_io *io, kac_error *err) {
  double du = io->c0->t - io->c1->t, heat = io->c0->eps * fabs(du);
  size_t d = block->space->n_real;
  (void)self, (void)err;
  for (size_t i = 0; i < block->n; i++)
    for (size_t k = 0; k < d; k++)
      io->mean[i * io->ld + k] =
          kac_row(&io->x, i)[k] + io->f->b[i * io->f->ld + k] * du;
  io->var = 2 * heat;
  return KAC_OK;
}
KERNEL(kernel)
