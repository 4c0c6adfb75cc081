/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looks for a second particle that lives, where there may be none. */
#include "resampler.h"

static kac_status resample(const void *self, kac_resample_io *io,
                           kac_error *err) {
  volatile size_t other = 0;
  while (!(io->w[other] > 0 && io->w[other] < 1))
    other = (other + 1) % io->n_in;
  return healthy_resample(self, io, err);
}
RESAMPLER(resample)
