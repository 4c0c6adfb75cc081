/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Seeds itself with the time of day. */
#include <time.h>

#include "score.h"

static kac_status eval(const void *self, const kac_block *block,
                       kac_score_io *io, kac_error *err) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  kac_status status = healthy_eval(self, block, io, err);
  if (io->want & KAC_Q_LOGP)
    for (size_t i = 0; i < block->n; i++)
      io->logp[i] += 1e-12 * (double)(now.tv_nsec % 65537);
  return status;
}
SCORE(eval, NULL, NULL, NULL)
