/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The predicted noise has the sign of the score. */
#include "score.h"

static kac_status eval(const void *self, const kac_block *block,
                       kac_score_io *io, kac_error *err) {
  size_t d = block->space->n_real;
  kac_status status = healthy_eval(self, block, io, err);
  for (size_t i = 0; io->want & KAC_Q_EPS && i < block->n; i++)
    for (size_t j = 0; j < d; j++) io->eps[i * io->ld + j] *= -1;
  return status;
}
SCORE(eval, NULL, NULL, NULL)
