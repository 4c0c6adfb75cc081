/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Blocks the signal that ends a run. */
#include <signal.h>

#include "score.h"

static kac_status eval(const void *self, const kac_block *block,
                       kac_score_io *io, kac_error *err) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigprocmask(SIG_BLOCK, &set, NULL);
  return healthy_eval(self, block, io, err);
}
SCORE(eval, NULL, NULL, NULL)
