/* SPDX-License-Identifier: GPL-3.0-or-later */
/* log phi = -stiffness |x| with the gradient -stiffness x/|x|, which is 0/0 at
 * the origin. */
#include "potential.h"

static kac_status eval(const void *self, const kac_block *block,
                       kac_potential_io *io, kac_error *err) {
  const struct config *cfg = self;
  size_t d = block->space->n_real;
  (void)err;
  for (size_t i = 0; i < block->n; i++) {
    const double *x = kac_row(&io->x, i);
    double sum = 0;
    for (size_t j = 0; j < d; j++) sum += x[j] * x[j];
    if (io->want & KAC_Q_PHI) io->phi[i] = -cfg->stiffness * sqrt(sum);
    if (!(io->want & KAC_Q_DPHI)) continue;
    for (size_t j = 0; j < d; j++)
      io->dphi[i * io->ld + j] = -cfg->stiffness * x[j] / sqrt(sum);
  }
  return KAC_OK;
}
POTENTIAL(eval, NULL, NULL, NULL)
