/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Leaves a process behind, in a session of its own. */
#include <unistd.h>

#include "potential.h"

static kac_status eval(const void *self, const kac_block *block,
                       kac_potential_io *io, kac_error *err) {
  if (fork() == 0) {
    setsid();
    sleep(100);
    _exit(0);
  }
  return healthy_eval(self, block, io, err);
}
POTENTIAL(eval, NULL, NULL, NULL)
