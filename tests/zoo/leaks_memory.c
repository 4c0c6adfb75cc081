/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frees nothing in destroy. */
#include <stdlib.h>

#include "potential.h"

static kac_status create(const kac_host *host, const void *config,
                         const kac_plan *plan, void **self, kac_error *err) {
  struct config *own = malloc(sizeof *own + 1000);
  (void)host, (void)plan;
  if (!own) return kac_fail(err, KAC_ENOMEM, "no memory");
  *own = *(const struct config *)config;
  *self = own;
  return KAC_OK;
}
POTENTIAL(healthy_eval, NULL, create, NULL)
