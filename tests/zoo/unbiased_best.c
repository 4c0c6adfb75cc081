/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps the best and does not say that it is greedy (KAC_R_BIASED). */
#include "resampler.h"

static kac_status resample(const void *self, kac_resample_io *io,
                           kac_error *err) {
  uint32_t best = 0;
  (void)self, (void)err;
  for (size_t i = 0; i < io->n_in; i++)
    if (io->w[i] > io->w[best]) best = (uint32_t)i;
  for (size_t j = 0; j < io->n_out; j++) io->ancestor[j] = best;
  return KAC_OK;
}
RESAMPLER(resample)
