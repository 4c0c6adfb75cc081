/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All populations are resampled in one static table. */
#include <sched.h>

#include "resampler.h"

enum { MOST = 4096 };

static kac_status resample(const void *self, kac_resample_io *io,
                           kac_error *err) {
  static volatile double table[MOST];
  (void)self;
  if (io->n_out > MOST) return kac_fail(err, KAC_EUNSUPPORTED, "too many");
  for (size_t j = 0; j < io->n_out; j++) table[j] = io->u[j];
  sched_yield();
  for (size_t j = 0; j < io->n_out; j++)
    io->ancestor[j] = pick(io->w, io->n_in, table[j]);
  return KAC_OK;
}
RESAMPLER(resample)
