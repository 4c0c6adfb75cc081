/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calls a function that no library has. */
#include "potential.h"

double nobody_has_this(double x);

static kac_status eval(const void *self, const kac_block *block,
                       kac_potential_io *io, kac_error *err) {
  kac_status status = healthy_eval(self, block, io, err);
  if (io->want & KAC_Q_PHI) io->phi[0] = nobody_has_this(io->phi[0]);
  return status;
}
POTENTIAL(eval, NULL, NULL, NULL)
