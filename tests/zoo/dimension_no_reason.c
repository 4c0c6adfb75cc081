/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Refuses one dimension and does not say why. */
#include "potential.h"

static kac_status plan(const void *config, kac_plan *io, kac_error *err) {
  (void)config, (void)err;
  return io->space->n_real > 1 ? KAC_OK : KAC_EUNSUPPORTED;
}
POTENTIAL(healthy_eval, plan, NULL, NULL)
