/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A little is added to dlogw, and nothing there is to be made up for. */
#include "step.h"

static kac_status step(const void *self, const kac_block *block,
                       kac_step_io *io, kac_error *err) {
  (void)self, (void)err;
  return spoiled_step(block, io, 0, (struct factors){1, 1, 1, 1e-4});
}
STEP(step)
