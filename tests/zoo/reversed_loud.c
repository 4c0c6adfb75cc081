/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two per cent of variance too much. */
#include "kernel.h"

static kac_status kernel(const void *self, const kac_block *block,
                         kac_kernel_io *io, kac_error *err) {
  kac_status status = healthy_kernel(self, block, io, err);
  io->var *= 1.02;
  return status;
}
KERNEL(kernel)
