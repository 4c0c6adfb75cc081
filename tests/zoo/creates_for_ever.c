/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Never comes back from plan. */
#include <unistd.h>

#include "potential.h"

static kac_status plan(const void *config, kac_plan *io, kac_error *err) {
  (void)config, (void)io, (void)err;
  for (;;) pause();
  return KAC_OK;
}
POTENTIAL(healthy_eval, plan, NULL, NULL)
