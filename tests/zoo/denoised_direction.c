/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The velocity of a sampler that runs from noise to data. */
#include "score.h"

static kac_status eval(const void *self, const kac_block *block,
                       kac_score_io *io, kac_error *err) {
  size_t d = block->space->n_real;
  kac_status status = healthy_eval(self, block, io, err);
  for (size_t i = 0; io->want & KAC_Q_VELOCITY && i < block->n; i++)
    for (size_t j = 0; j < d; j++) io->velocity[i * io->ld + j] *= -1;
  return status;
}
SCORE(eval, NULL, NULL, NULL)
