/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The walk ends one particle too early. */
#include "resampler.h"

static kac_status resample(const void *self, kac_resample_io *io,
                           kac_error *err) {
  size_t n = io->n_in > 1 ? io->n_in - 1 : 1;
  double living = 0;
  for (size_t i = 0; i < n; i++) living += io->w[i];
  if (living == 0) return healthy_resample(self, io, err);
  for (size_t j = 0; j < io->n_out; j++)
    io->ancestor[j] = pick(io->w, n, io->u[j]);
  return KAC_OK;
}
RESAMPLER(resample)
