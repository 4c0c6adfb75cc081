/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Half of the drift. */
#include "kernel.h"

static kac_status kernel(const void *self, const kac_block *block,
                         kac_kernel_io *io, kac_error *err) {
  kac_status status = healthy_kernel(self, block, io, err);
  for (size_t i = 0; i < block->n; i++)
    for (size_t k = 0; k < block->space->n_real; k++) {
      double *mean = &io->mean[i * io->ld + k], x = kac_row(&io->x, i)[k];
      *mean = x + 0.5 * (*mean - x);
    }
  return status;
}
KERNEL(kernel)
