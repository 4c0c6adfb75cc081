/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forgets the log density of its draws. */
#include "several.h"

static kac_status sample(const void *self, const kac_block *block,
                         kac_sample_io *io, kac_error *err) {
  kac_sample_io draws = *io;
  draws.logp = NULL;
  return healthy_sample(self, block, &draws, err);
}
SEVERAL(sample, healthy_group)
