/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps a sum from call to call in a static variable. */
#include "kernel.h"

static kac_status kernel(const void *self, const kac_block *block,
                         kac_kernel_io *io, kac_error *err) {
  static double momentum;
  kac_status status = healthy_kernel(self, block, io, err);
  for (size_t i = 0; i < block->n; i++) {
    momentum = 0.9 * momentum + io->f->b[i * io->f->ld];
    io->mean[i * io->ld] += 1e-3 * momentum;
  }
  return status;
}
KERNEL(kernel)
