/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nothing is wrong with it: a resampler that gives as many as it gets, and
 * refuses other numbers with a reason. */
#include "resampler.h"

static kac_status resample(const void *self, kac_resample_io *io,
                           kac_error *err) {
  if (io->n_in == io->n_out) return healthy_resample(self, io, err);
  return kac_fail(err, KAC_EUNSUPPORTED, "%zu children of %zu particles",
                  io->n_out, io->n_in);
}
RESAMPLER(resample)
