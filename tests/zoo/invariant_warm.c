/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Accepts by the root of the ratio: a walk at twice the temperature. */
#include "move.h"

static kac_status step(const void *self, const kac_block *block,
                       kac_step_io *io, kac_error *err) {
  return walk_step(self, block, io, 0.5, err);
}
MOVE(step)
