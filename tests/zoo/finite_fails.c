/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gives up at ordinary points. */
#include "score.h"

static kac_status eval(const void *self, const kac_block *block,
                       kac_score_io *io, kac_error *err) {
  for (size_t i = 0; i < block->n; i++)
    if (kac_row(&io->x, i)[0] > 1)
      return kac_fail_row(err, KAC_ENUMERIC, i, "no convergence");
  return healthy_eval(self, block, io, err);
}
SCORE(eval, NULL, NULL, NULL)
