/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws ancestors from all particles alike, with the weights left to the
 * weights: also those that have none. */
#include "resampler.h"

static kac_status resample(const void *self, kac_resample_io *io,
                           kac_error *err) {
  (void)self, (void)err;
  for (size_t j = 0; j < io->n_out; j++) {
    io->ancestor[j] = (uint32_t)(io->u[j] * (double)io->n_in);
    io->logw_out[j] += io->logw[io->ancestor[j]] + log((double)io->n_in);
  }
  return KAC_OK;
}
RESAMPLER(resample)
