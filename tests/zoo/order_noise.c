/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Takes the random numbers of another row. */
#include "potential.h"

static kac_status plan(const void *config, kac_plan *io, kac_error *err) {
  (void)config, (void)err;
  io->scratch_bytes = io->block * sizeof(double);
  return KAC_OK;
}

static kac_status eval(const void *self, const kac_block *block,
                       kac_potential_io *io, kac_error *err) {
  double *noise = block->scratch;
  kac_status status = healthy_eval(self, block, io, err);
  if (!(io->want & KAC_Q_PHI)) return status;
  block->host->normal(block, 0, noise, 1, 1);
  for (size_t i = 0; i < block->n; i++) io->phi[i] += noise[block->n - 1 - i];
  return status;
}
POTENTIAL(eval, plan, NULL, NULL)
