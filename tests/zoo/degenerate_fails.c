/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gives up where one particle has all of the weight. */
#include "resampler.h"

static kac_status resample(const void *self, kac_resample_io *io,
                           kac_error *err) {
  for (size_t i = 0; i < io->n_in; i++)
    if (io->w[i] >= 1) return kac_fail(err, KAC_ENUMERIC, "1 - w is zero");
  return healthy_resample(self, io, err);
}
RESAMPLER(resample)
