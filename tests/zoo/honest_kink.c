/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nothing is wrong with it: the log density of Laplace, -stiffness sum |x_j|,
 * which has no gradient where a coordinate is zero. */
#include "potential.h"

static kac_status eval(const void *self, const kac_block *block,
                       kac_potential_io *io, kac_error *err) {
  double k = ((const struct config *)self)->stiffness;
  (void)err;
  for (size_t i = 0; i < block->n; i++) {
    const double *x = kac_row(&io->x, i);
    double sum = 0;
    for (size_t j = 0; j < block->space->n_real; j++) {
      sum += fabs(x[j]);
      if (io->want & KAC_Q_DPHI)
        io->dphi[i * io->ld + j] = x[j] > 0 ? -k : x[j] < 0 ? k : 0;
    }
    if (io->want & KAC_Q_PHI) io->phi[i] = -k * sum;
  }
  return KAC_OK;
}
POTENTIAL(eval, NULL, NULL, NULL)
