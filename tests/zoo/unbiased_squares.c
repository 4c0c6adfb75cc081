/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws from the squares of the weights. */
#include "resampler.h"

enum { MOST = 4096 };

static kac_status resample(const void *self, kac_resample_io *io,
                           kac_error *err) {
  double square[MOST];
  (void)self;
  if (io->n_in > MOST) return kac_fail(err, KAC_EUNSUPPORTED, "too many");
  for (size_t i = 0; i < io->n_in; i++) square[i] = io->w[i] * io->w[i];
  for (size_t j = 0; j < io->n_out; j++)
    io->ancestor[j] = pick(square, io->n_in, io->u[j]);
  return KAC_OK;
}
RESAMPLER(resample)
