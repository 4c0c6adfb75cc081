/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Turns the vector by a small angle: the Jacobian, not its transpose. */
#include "score.h"

static kac_status eval(const void *self, const kac_block *block,
                       kac_score_io *io, kac_error *err) {
  kac_status status = healthy_eval(self, block, io, err);
  size_t d = block->space->n_real;
  for (size_t i = 0; io->want & KAC_Q_VJP && i < block->n && d > 1; i++) {
    double *v = io->vjp + i * io->ld, first = v[0];
    v[0] += 0.2 * v[1];
    v[1] -= 0.2 * first;
  }
  return status;
}
SCORE(eval, NULL, NULL, NULL)
