/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A static buffer for one row: filled, then read, and never a pause between. */
#include "potential.h"

enum { MOST = 64 };

static kac_status eval(const void *self, const kac_block *block,
                       kac_potential_io *io, kac_error *err) {
  static double scaled[MOST];
  const struct config *cfg = self;
  size_t d = block->space->n_real;
  if (d > MOST) return kac_fail(err, KAC_EUNSUPPORTED, "too many");
  for (size_t i = 0; i < block->n; i++) {
    const double *x = kac_row(&io->x, i);
    double sum = 0;
    for (size_t j = 0; j < d; j++) scaled[j] = -cfg->stiffness * x[j];
    for (size_t j = 0; j < d; j++) sum += 0.5 * scaled[j] * x[j];
    if (io->want & KAC_Q_PHI) io->phi[i] = sum;
    for (size_t j = 0; (io->want & KAC_Q_DPHI) && j < d; j++)
      io->dphi[i * io->ld + j] = scaled[j];
  }
  return KAC_OK;
}
POTENTIAL(eval, NULL, NULL, NULL)
