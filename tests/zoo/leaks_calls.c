/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Takes memory for every row of every call, and gives none back. */
#include <stdlib.h>

#include "kernel.h"

static kac_status kernel(const void *self, const kac_block *block,
                         kac_kernel_io *io, kac_error *err) {
  double *noise = malloc(block->n * sizeof *noise);
  if (!noise) return kac_fail(err, KAC_ENOMEM, "no memory");
  for (size_t i = 0; i < block->n; i++) noise[i] = 0;
  kac_status status = healthy_kernel(self, block, io, err);
  io->var += noise[block->n - 1];
  return status;
}
KERNEL(kernel)
