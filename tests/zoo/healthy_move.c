/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nothing is wrong with it. */
#include "move.h"

static kac_status step(const void *self, const kac_block *block,
                       kac_step_io *io, kac_error *err) {
  return walk_step(self, block, io, 1, err);
}
MOVE(step)
