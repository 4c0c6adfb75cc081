/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Refuses to be made and does not say why. */
#include "potential.h"

static kac_status create(const kac_host *host, const void *config,
                         const kac_plan *plan, void **self, kac_error *err) {
  (void)host, (void)config, (void)plan, (void)self, (void)err;
  return KAC_EINVAL;
}
POTENTIAL(healthy_eval, NULL, create, NULL)
