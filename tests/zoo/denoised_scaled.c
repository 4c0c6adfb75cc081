/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forgets to divide the denoised mean by alpha. */
#include "score.h"

static kac_status eval(const void *self, const kac_block *block,
                       kac_score_io *io, kac_error *err) {
  size_t d = block->space->n_real;
  double variance;
  kac_coeffs c;
  kac_status status = coeffs_at(self, block, io->t, &c, &variance, err);
  if (status == KAC_OK) status = healthy_eval(self, block, io, err);
  for (size_t i = 0; io->want & KAC_Q_X0 && i < block->n; i++)
    for (size_t j = 0; j < d; j++) io->x0[i * io->ld + j] *= c.alpha;
  return status;
}
SCORE(eval, NULL, NULL, NULL)
