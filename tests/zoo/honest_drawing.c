/* SPDX-License-Identifier: GPL-3.0-or-later */
/* It draws with rand() from a fixed seed when it is made: no law is broken, but
 * others that draw so as well will be disturbed, and a warning says so. */
#include <stdlib.h>

#include "score.h"

static kac_status create(const kac_host *host, const void *config,
                         const kac_plan *plan, void **self, kac_error *err) {
  (void)host, (void)plan, (void)err;
  srand(1);
  (void)rand();
  *self = (void *)(uintptr_t)config;
  return KAC_OK;
}
SCORE(healthy_eval, NULL, create, NULL)
