/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ends the process with a status of its own. */
#include <stdlib.h>

#include "potential.h"

static kac_status eval(const void *self, const kac_block *block,
                       kac_potential_io *io, kac_error *err) {
  (void)self, (void)block, (void)io, (void)err;
  exit(3);
}
POTENTIAL(eval, NULL, NULL, NULL)
