/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Goes back with the sign of the step in the Langevin part as well. */
#include "kernel.h"

static kac_status kernel(const void *self, const kac_block *block,
                         kac_kernel_io *io, kac_error *err) {
  kac_status status = healthy_kernel(self, block, io, err);
  double du = io->c0->t - io->c1->t, twice = 2 * io->c0->eps * du;
  if (du > 0) return status;
  for (size_t i = 0; i < block->n; i++)
    for (size_t k = 0; k < block->space->n_real; k++)
      io->mean[i * io->ld + k] += twice * io->f->s[i * io->f->ld + k];
  return status;
}
KERNEL(kernel)
