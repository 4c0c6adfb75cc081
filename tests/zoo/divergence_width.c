/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The divergence forgets the width of the data, which is 1 unless it has been
 * said. */
#include "unit.h"

static kac_status eval(const void *self, const kac_block *block,
                       kac_score_io *io, kac_error *err) {
  kac_status status = healthy_eval(self, block, io, err);
  if (io->want & KAC_Q_DIV)
    for (size_t i = 0; i < block->n; i++)
      io->div[i] = -(double)block->space->n_real;
  return status;
}
UNIT(KAC_Q_SCORE | KAC_Q_LOGP | KAC_Q_DIV, eval)
