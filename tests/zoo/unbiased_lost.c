/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A hundredth of the weight is lost. */
#include "resampler.h"

static kac_status resample(const void *self, kac_resample_io *io,
                           kac_error *err) {
  kac_status status = healthy_resample(self, io, err);
  for (size_t j = 0; j < io->n_out; j++) io->logw_out[j] += log(0.99);
  return status;
}
RESAMPLER(resample)
