/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Refuses a value inside the range of its table and does not say why. */
#include "potential.h"

static kac_status plan(const void *config, kac_plan *io, kac_error *err) {
  const struct config *cfg = config;
  (void)io, (void)err;
  return cfg->stiffness > 0 ? KAC_OK : KAC_EINVAL;
}
POTENTIAL(healthy_eval, plan, NULL, NULL)
