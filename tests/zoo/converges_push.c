/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A force that should not be there: small, and the same for every step. */
#include "kernel.h"

static kac_status kernel(const void *self, const kac_block *block,
                         kac_kernel_io *io, kac_error *err) {
  double du = io->c0->t - io->c1->t;
  kac_status status = healthy_kernel(self, block, io, err);
  for (size_t i = 0; i < block->n; i++)
    for (size_t k = 0; k < block->space->n_real; k++)
      io->mean[i * io->ld + k] += 2 * du;
  return status;
}
KERNEL(kernel)
