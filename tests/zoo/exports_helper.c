/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forgets `static` before a helper: every plugin with a function of this name
 * would call this one. */
#include "potential.h"

double squared_length(const double *x, size_t d);
double squared_length(const double *x, size_t d) {
  double sum = 0;
  for (size_t j = 0; j < d; j++) sum += x[j] * x[j];
  return sum;
}

static kac_status eval(const void *self, const kac_block *block,
                       kac_potential_io *io, kac_error *err) {
  const struct config *cfg = self;
  kac_status status = healthy_eval(self, block, io, err);
  if (!(io->want & KAC_Q_PHI)) return status;
  for (size_t i = 0; i < block->n; i++)
    io->phi[i] = -0.5 * cfg->stiffness *
                 squared_length(kac_row(&io->x, i), block->space->n_real);
  return status;
}
POTENTIAL(eval, NULL, NULL, NULL)
