/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The log density of half the score: a temperature in one of the two. */
#include "score.h"

static kac_status eval(const void *self, const kac_block *block,
                       kac_score_io *io, kac_error *err) {
  kac_status status = healthy_eval(self, block, io, err);
  if (io->want & KAC_Q_LOGP)
    for (size_t i = 0; i < block->n; i++) io->logp[i] *= 0.5;
  return status;
}
SCORE(eval, NULL, NULL, NULL)
