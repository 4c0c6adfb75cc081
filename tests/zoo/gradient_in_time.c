/* SPDX-License-Identifier: GPL-3.0-or-later */
/* log phi = -t/2 |x|^2, and a derivative in t that forgets the half. */
#include "potential.h"

static kac_status eval(const void *self, const kac_block *block,
                       kac_potential_io *io, kac_error *err) {
  const struct config at = {((const struct config *)self)->stiffness * io->t};
  size_t d = block->space->n_real;
  kac_status status = healthy_eval(&at, block, io, err);
  if (io->want & KAC_Q_DPHI_DT)
    for (size_t i = 0; i < block->n; i++)
      io->dphi_dt[i] = 2 * harmonic(self, kac_row(&io->x, i), d);
  return status;
}

static const kac_potential_ops ops = {sizeof ops, 0, eval};
static const kac_component component = {
    KAC_COMPONENT(KAC_POTENTIAL, ANIMAL, "of the zoo", struct config, params,
                  kac_potential_ops, ops),
    .provides = KAC_Q_PHI | KAC_Q_DPHI | KAC_Q_DPHI_DT};
KAC_MODULE(component)
