/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws with rand() where it was lent uniforms. */
#include <stdlib.h>

#include "resampler.h"

static kac_status resample(const void *self, kac_resample_io *io,
                           kac_error *err) {
  (void)self, (void)err;
  for (size_t j = 0; j < io->n_out; j++)
    io->ancestor[j] = pick(io->w, io->n_in, rand() / (RAND_MAX + 1.0));
  return KAC_OK;
}
RESAMPLER(resample)
