/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Differentiates the score where the denoised mean was asked for. */
#include "score.h"

static kac_status eval(const void *self, const kac_block *block,
                       kac_score_io *io, kac_error *err) {
  size_t d = block->space->n_real;
  double variance;
  kac_coeffs c;
  kac_status status = coeffs_at(self, block, io->t, &c, &variance, err);
  if (status == KAC_OK) status = healthy_eval(self, block, io, err);
  for (size_t i = 0; io->want & KAC_Q_VJP && i < block->n; i++)
    for (size_t j = 0; j < d; j++)
      io->vjp[i * io->ld + j] = -io->v[i * io->ld + j] / variance;
  return status;
}
SCORE(eval, NULL, NULL, NULL)
