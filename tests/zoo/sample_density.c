/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Leaves the norm out of the log density of its draws. */
#include "several.h"

static kac_status sample(const void *self, const kac_block *block,
                         kac_sample_io *io, kac_error *err) {
  kac_status status = healthy_sample(self, block, io, err);
  for (size_t i = 0; io->logp && i < block->n; i++) io->logp[i] += 1.8378770664;
  return status;
}
SEVERAL(sample, healthy_group)
