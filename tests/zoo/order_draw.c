/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The number of its request for noise is not below 4096. */
#include "step.h"

static kac_status step(const void *self, const kac_block *block,
                       kac_step_io *io, kac_error *err) {
  (void)self, (void)err;
  return spoiled_step(block, io, 5000, (struct factors){1, 1, 1, 0});
}
STEP(step)
