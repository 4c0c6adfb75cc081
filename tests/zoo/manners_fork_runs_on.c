/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The copy of the process that it makes runs on as if it were kac. */
#include <unistd.h>

#include "potential.h"

static kac_status eval(const void *self, const kac_block *block,
                       kac_potential_io *io, kac_error *err) {
  if (fork() < 0) return kac_fail(err, KAC_ENOMEM, "no process");
  return healthy_eval(self, block, io, err);
}
POTENTIAL(eval, NULL, NULL, NULL)
