/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Divides by 1 - w, which is zero for one that lives alone. */
#include "resampler.h"

static kac_status resample(const void *self, kac_resample_io *io,
                           kac_error *err) {
  kac_status status = healthy_resample(self, io, err);
  for (size_t j = 0; j < io->n_out; j++) {
    double rest = 1 - io->w[io->ancestor[j]];
    io->logw_out[j] += log(rest / rest);
  }
  return status;
}
RESAMPLER(resample)
