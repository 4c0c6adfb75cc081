/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The score is 0/0 far out, where variance exploding noise begins. */
#include "score.h"

static kac_status eval(const void *self, const kac_block *block,
                       kac_score_io *io, kac_error *err) {
  kac_status status = healthy_eval(self, block, io, err);
  for (size_t i = 0; i < block->n; i++) {
    const double *x = kac_row(&io->x, i);
    double sum = 0;
    for (size_t j = 0; j < block->space->n_real; j++) sum += x[j] * x[j];
    if ((io->want & KAC_Q_SCORE) && sum > 1e4) io->score[i * io->ld] = KAC_NAN;
  }
  return status;
}
SCORE(eval, NULL, NULL, NULL)
