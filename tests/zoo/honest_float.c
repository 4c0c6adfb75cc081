/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nothing is wrong with it: a model that computes in float32, as networks do,
 * with seven digits. */
#include "score.h"

static void round_all(double *values, size_t n, size_t n_col, size_t ld) {
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < n_col; k++)
      values[i * ld + k] = (double)(float)values[i * ld + k];
}

static kac_status eval(const void *self, const kac_block *block,
                       kac_score_io *io, kac_error *err) {
  size_t n = block->n, d = block->space->n_real;
  kac_status status = healthy_eval(self, block, io, err);
  if (status != KAC_OK) return status;
  if (io->want & KAC_Q_SCORE) round_all(io->score, n, d, io->ld);
  if (io->want & KAC_Q_X0) round_all(io->x0, n, d, io->ld);
  if (io->want & KAC_Q_EPS) round_all(io->eps, n, d, io->ld);
  if (io->want & KAC_Q_VELOCITY) round_all(io->velocity, n, d, io->ld);
  if (io->want & KAC_Q_VJP) round_all(io->vjp, n, d, io->ld);
  if (io->want & KAC_Q_LOGP) round_all(io->logp, n, 1, 1);
  if (io->want & KAC_Q_DIV) round_all(io->div, n, 1, 1);
  return status;
}
SCORE(eval, NULL, NULL, NULL)
