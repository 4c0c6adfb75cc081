/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Leaves the rounding mode changed where the weights are summed. */
#include <fenv.h>

#include "resampler.h"

static kac_status resample(const void *self, kac_resample_io *io,
                           kac_error *err) {
  fesetround(FE_DOWNWARD);
  return healthy_resample(self, io, err);
}
RESAMPLER(resample)
