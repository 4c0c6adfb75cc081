/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Aborts the process where it should return an error. */
#include <stdlib.h>

#include "observer.h"

static kac_status create(const kac_host *host, const void *config,
                         const kac_plan *plan, void **self, kac_error *err) {
  if (plan->n_particles > 0) abort();
  return healthy_create(host, config, plan, self, err);
}
OBSERVER(create, healthy_begin, healthy_record)
