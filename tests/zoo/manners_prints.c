/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prints on standard output, where numbers of kac may go. */
#include "resampler.h"

static kac_status resample(const void *self, kac_resample_io *io,
                           kac_error *err) {
  printf("resampling %zu particles\n", io->n_in);
  return healthy_resample(self, io, err);
}
RESAMPLER(resample)
