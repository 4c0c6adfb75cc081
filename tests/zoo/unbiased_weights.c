/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws from the weights, and leaves them on top. */
#include "resampler.h"

static kac_status resample(const void *self, kac_resample_io *io,
                           kac_error *err) {
  kac_status status = healthy_resample(self, io, err);
  for (size_t j = 0; j < io->n_out; j++)
    io->logw_out[j] = io->logw[io->ancestor[j]];
  return status;
}
RESAMPLER(resample)
