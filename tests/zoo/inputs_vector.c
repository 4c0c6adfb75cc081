/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scales the vector that it was lent. */
#include "score.h"

static kac_status eval(const void *self, const kac_block *block,
                       kac_score_io *io, kac_error *err) {
  size_t d = block->space->n_real;
  double *v = (double *)(uintptr_t)io->v;
  kac_status status = healthy_eval(self, block, io, err);
  for (size_t i = 0; io->want & KAC_Q_VJP && i < block->n; i++)
    for (size_t j = 0; j < d; j++) v[i * io->ld + j] = io->vjp[i * io->ld + j];
  return status;
}
SCORE(eval, NULL, NULL, NULL)
