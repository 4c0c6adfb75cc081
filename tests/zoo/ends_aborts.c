/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What it asks for at the end of the process aborts, as a C++ exception that
 * nobody catches does. */
#include <stdlib.h>

#include "resampler.h"

static void leave(void) {
  abort();
}

static kac_status resample(const void *self, kac_resample_io *io,
                           kac_error *err) {
  static int is_asked;
  if (!is_asked) is_asked = atexit(leave) == 0;
  return healthy_resample(self, io, err);
}
RESAMPLER(resample)
