/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ends the process at one end of a parameter's range. */
#include <stdlib.h>

#include "score.h"

static kac_status plan(const void *config, kac_plan *io, kac_error *err) {
  const struct config *cfg = config;
  (void)io, (void)err;
  if (cfg->width > 9) abort();
  return KAC_OK;
}
SCORE(healthy_eval, plan, NULL, NULL)
