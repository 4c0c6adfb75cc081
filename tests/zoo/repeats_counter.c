/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Grows stronger with every call. */
#include "kernel.h"

static kac_status kernel(const void *self, const kac_block *block,
                         kac_kernel_io *io, kac_error *err) {
  static unsigned n_calls;
  kac_status status = healthy_kernel(self, block, io, err);
  io->var *= 1 + 1e-9 * n_calls++;
  return status;
}
KERNEL(kernel)
