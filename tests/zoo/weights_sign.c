/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The log ratio of its proposal has the wrong sign. */
#include "tilted.h"

static kac_status step(const void *self, const kac_block *block,
                       kac_step_io *io, kac_error *err) {
  (void)err;
  return tilted_step(self, block, io, -1);
}
TILTED(step)
