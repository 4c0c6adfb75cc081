/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Iterates until a number is exactly what it will never be. */
#include "kernel.h"

static kac_status kernel(const void *self, const kac_block *block,
                         kac_kernel_io *io, kac_error *err) {
  volatile double x = 1;
  while (x != 0.3) x = 0.5 * (x + 0.25 / x);
  return healthy_kernel(self, block, io, err);
}
KERNEL(kernel)
