/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opens a file and never closes it. */
#include <fcntl.h>

#include "potential.h"

static kac_status create(const kac_host *host, const void *config,
                         const kac_plan *plan, void **self, kac_error *err) {
  (void)host, (void)plan;
  if (open("/dev/null", O_RDONLY) < 0)
    return kac_fail(err, KAC_EIO, "no /dev/null");
  return keep_config(config, self);
}
POTENTIAL(healthy_eval, NULL, create, NULL)
