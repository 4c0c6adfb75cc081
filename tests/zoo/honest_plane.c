/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nothing is wrong with it: it works in a plane and refuses other spaces, with
 * a reason. */
#include "potential.h"

static kac_status plan(const void *config, kac_plan *io, kac_error *err) {
  (void)config;
  if (io->space->n_real == 2) return KAC_OK;
  return kac_fail(err, KAC_EUNSUPPORTED, "%zu coordinates, expected 2",
                  io->space->n_real);
}
POTENTIAL(healthy_eval, plan, NULL, NULL)
