/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gives as many as it got, not as many as were asked for. */
#include "resampler.h"

static kac_status resample(const void *self, kac_resample_io *io,
                           kac_error *err) {
  (void)self, (void)err;
  for (size_t j = 0; j < io->n_in; j++)
    io->ancestor[j] = pick(io->w, io->n_in, io->u[j % io->n_out]);
  return KAC_OK;
}
RESAMPLER(resample)
