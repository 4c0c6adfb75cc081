/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forgets the variance of its kernel. */
#include "kernel.h"

static kac_status kernel(const void *self, const kac_block *block,
                         kac_kernel_io *io, kac_error *err) {
  double var = io->var;
  kac_status status = healthy_kernel(self, block, io, err);
  io->var = var;
  return status;
}
KERNEL(kernel)
