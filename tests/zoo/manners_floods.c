/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prints for ever. */
#include "potential.h"

static kac_status eval(const void *self, const kac_block *block,
                       kac_potential_io *io, kac_error *err) {
  for (;;) puts("still at work on the first of all rows, have patience");
  return healthy_eval(self, block, io, err);
}
POTENTIAL(eval, NULL, NULL, NULL)
