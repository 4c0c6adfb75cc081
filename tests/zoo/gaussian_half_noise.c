/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The variance of the noise lacks its factor two. */
#include "kernel.h"

static kac_status kernel(const void *self, const kac_block *block,
                         kac_kernel_io *io, kac_error *err) {
  kac_status status = healthy_kernel(self, block, io, err);
  io->var *= 0.5;
  return status;
}
KERNEL(kernel)
