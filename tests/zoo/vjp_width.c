/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The transposed Jacobian forgets the width of the data, which is 1 unless it
 * has been said: x0hat = alpha x there. */
#include "unit.h"

static kac_status eval(const void *self, const kac_block *block,
                       kac_score_io *io, kac_error *err) {
  kac_coeffs c = {.struct_size = sizeof c};
  kac_status status = healthy_eval(self, block, io, err);
  if (!(io->want & KAC_Q_VJP) || status != KAC_OK) return status;
  status = block->host->coeffs(block, io->t, &c, err);
  for (size_t i = 0; status == KAC_OK && i < block->n; i++)
    for (size_t j = 0; j < block->space->n_real; j++)
      io->vjp[i * io->ld + j] = c.alpha * io->v[i * io->ld + j];
  return status;
}
UNIT(KAC_Q_SCORE | KAC_Q_VJP, eval)
