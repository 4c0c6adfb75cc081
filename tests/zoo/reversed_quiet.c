/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Goes back with a tenth of the noise. */
#include "kernel.h"

static kac_status kernel(const void *self, const kac_block *block,
                         kac_kernel_io *io, kac_error *err) {
  kac_status status = healthy_kernel(self, block, io, err);
  if (io->c0->t < io->c1->t) io->var *= 0.1;
  return status;
}
KERNEL(kernel)
