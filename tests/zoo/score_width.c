/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The score forgets the width of the data.  With width 1 the variance is 1 at
 * all times of a variance preserving schedule, and nothing is to be seen. */
#include "unit.h"

static kac_status eval(const void *self, const kac_block *block,
                       kac_score_io *io, kac_error *err) {
  kac_status status = healthy_eval(self, block, io, err);
  if (io->want & KAC_Q_SCORE)
    for (size_t i = 0; i < block->n; i++)
      for (size_t j = 0; j < block->space->n_real; j++)
        io->score[i * io->ld + j] = -kac_row(&io->x, i)[j];
  return status;
}
UNIT(KAC_Q_SCORE | KAC_Q_LOGP, eval)
