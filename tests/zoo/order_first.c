/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Measures from the first row of the block. */
#include "score.h"

static kac_status eval(const void *self, const kac_block *block,
                       kac_score_io *io, kac_error *err) {
  kac_status status = healthy_eval(self, block, io, err);
  if (!(io->want & KAC_Q_LOGP)) return status;
  for (size_t i = block->n; i-- > 0;) io->logp[i] -= io->logp[0];
  return status;
}
SCORE(eval, NULL, NULL, NULL)
