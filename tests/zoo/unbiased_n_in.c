/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Systematic resampling whose points lie 1/n_in apart, where n_out of them are
 * wanted. */
#include "resampler.h"

static kac_status resample(const void *self, kac_resample_io *io,
                           kac_error *err) {
  (void)self, (void)err;
  for (size_t j = 0; j < io->n_out; j++) {
    double point = ((double)j + io->u[0]) / (double)io->n_in;
    io->ancestor[j] = pick(io->w, io->n_in, fmin(point, 1));
  }
  return KAC_OK;
}
RESAMPLER(resample)
