/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Takes the living particle after the one that was drawn. */
#include "resampler.h"

static kac_status resample(const void *self, kac_resample_io *io,
                           kac_error *err) {
  kac_status status = healthy_resample(self, io, err);
  for (size_t j = 0; j < io->n_out; j++) {
    uint32_t next = io->ancestor[j];
    do next = (uint32_t)((next + 1) % io->n_in);
    while (!(io->w[next] > 0));
    io->ancestor[j] = next;
  }
  return status;
}
RESAMPLER(resample)
