/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sets an environment variable. */
#include <stdlib.h>

#include "potential.h"

static kac_status create(const kac_host *host, const void *config,
                         const kac_plan *plan, void **self, kac_error *err) {
  (void)host, (void)plan;
  if (setenv("OMP_NUM_THREADS", "16", 1) != 0)
    return kac_fail(err, KAC_ENOMEM, "no memory");
  return keep_config(config, self);
}
POTENTIAL(healthy_eval, NULL, create, NULL)
