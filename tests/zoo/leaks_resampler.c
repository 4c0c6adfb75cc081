/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Takes memory for every resampling and gives none back. */
#include <stdlib.h>

#include "resampler.h"

static kac_status resample(const void *self, kac_resample_io *io,
                           kac_error *err) {
  double *sum = malloc(io->n_in * sizeof *sum);
  if (!sum) return kac_fail(err, KAC_ENOMEM, "no memory");
  memcpy(sum, io->w, io->n_in * sizeof *sum);
  for (size_t j = 0; j < io->n_out; j++)
    io->ancestor[j] = pick(sum, io->n_in, io->u[j]);
  (void)self;
  return KAC_OK;
}
RESAMPLER(resample)
