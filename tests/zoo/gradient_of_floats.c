/* SPDX-License-Identifier: GPL-3.0-or-later */
/* log phi in single precision that hardly depends on t: its differences in t
 * are rounding and tell nothing, those in x that dphi has the wrong sign. */
#include "potential.h"

static kac_status eval(const void *self, const kac_block *block,
                       kac_potential_io *io, kac_error *err) {
  const struct config *cfg = self;
  size_t d = block->space->n_real;
  (void)err;
  for (size_t i = 0; i < block->n; i++) {
    const double *x = kac_row(&io->x, i);
    double rate = 1e-6 * harmonic(cfg, x, d);
    if (io->want & KAC_Q_PHI)
      io->phi[i] = (double)(float)(harmonic(cfg, x, d) + io->t * rate);
    if (io->want & KAC_Q_DPHI_DT) io->dphi_dt[i] = rate;
    if (!(io->want & KAC_Q_DPHI)) continue;
    for (size_t j = 0; j < d; j++)
      io->dphi[i * io->ld + j] = cfg->stiffness * x[j];
  }
  return KAC_OK;
}

static const kac_potential_ops ops = {sizeof ops, 0, eval};
static const kac_component component = {
    KAC_COMPONENT(KAC_POTENTIAL, ANIMAL, "of the zoo", struct config, params,
                  kac_potential_ops, ops),
    .provides = KAC_Q_PHI | KAC_Q_DPHI | KAC_Q_DPHI_DT};
KAC_MODULE(component)
