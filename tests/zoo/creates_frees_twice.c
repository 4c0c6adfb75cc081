/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frees in destroy what belongs to the host. */
#include <stdlib.h>

#include "potential.h"

static kac_status create(const kac_host *host, const void *config,
                         const kac_plan *plan, void **self, kac_error *err) {
  struct config *own = host->alloc(host, sizeof *own);
  (void)plan;
  if (!own) return kac_fail(err, KAC_ENOMEM, "no memory");
  *own = *(const struct config *)config;
  *self = own;
  return KAC_OK;
}
POTENTIAL(healthy_eval, NULL, create, free)
