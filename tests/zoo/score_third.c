/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The score is right in a plane, and twice as long along the third coordinate.
 */
#include "score.h"

static kac_status eval(const void *self, const kac_block *block,
                       kac_score_io *io, kac_error *err) {
  kac_status status = healthy_eval(self, block, io, err);
  if ((io->want & KAC_Q_SCORE) && block->space->n_real > 2)
    for (size_t i = 0; i < block->n; i++) io->score[i * io->ld + 2] *= 2;
  return status;
}
SCORE(eval, NULL, NULL, NULL)
