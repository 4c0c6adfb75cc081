/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Only half of b du from the third coordinate on. */
#include "kernel.h"

static kac_status kernel(const void *self, const kac_block *block,
                         kac_kernel_io *io, kac_error *err) {
  kac_status status = healthy_kernel(self, block, io, err);
  double du = io->c0->t - io->c1->t;
  for (size_t i = 0; i < block->n; i++)
    for (size_t k = 2; k < block->space->n_real; k++)
      io->mean[i * io->ld + k] -= 0.5 * io->f->b[i * io->f->ld + k] * du;
  return status;
}
KERNEL(kernel)
