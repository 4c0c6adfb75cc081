/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Subtracts the mean of the block, as networks in training do. */
#include "score.h"

static kac_status eval(const void *self, const kac_block *block,
                       kac_score_io *io, kac_error *err) {
  double mean = 0;
  kac_status status = healthy_eval(self, block, io, err);
  if (!(io->want & KAC_Q_LOGP)) return status;
  for (size_t i = 0; i < block->n; i++) mean += io->logp[i];
  mean /= (double)block->n;
  for (size_t i = 0; i < block->n; i++) io->logp[i] -= mean;
  return status;
}
SCORE(eval, NULL, NULL, NULL)
