/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scales the field that its kernel was lent. */
#include "kernel.h"

static kac_status kernel(const void *self, const kac_block *block,
                         kac_kernel_io *io, kac_error *err) {
  kac_status status = healthy_kernel(self, block, io, err);
  for (size_t i = 0; i < block->n; i++)
    for (size_t k = 0; k < block->space->n_real; k++)
      io->f->b[i * io->f->ld + k] *= io->c0->t - io->c1->t;
  return status;
}
KERNEL(kernel)
