/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calls itself until the stack is full. */
#include "score.h"

static double sink(volatile double *x, size_t depth) {
  volatile double own[512];
  own[depth % 512] = *x;
  return depth == SIZE_MAX ? own[0] : sink(own, depth + 1) + own[1];
}

static kac_status eval(const void *self, const kac_block *block,
                       kac_score_io *io, kac_error *err) {
  kac_status status = healthy_eval(self, block, io, err);
  if (io->want & KAC_Q_LOGP) io->logp[0] = sink(io->logp, 0);
  return status;
}
SCORE(eval, NULL, NULL, NULL)
