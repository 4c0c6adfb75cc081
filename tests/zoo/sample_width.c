/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws forget the width of the data, which is 1 unless it has been said. */
#include "unit.h"

static kac_status sample(const void *self, const kac_block *block,
                         kac_sample_io *io, kac_error *err) {
  size_t d = block->space->n_real;
  (void)self, (void)err;
  block->host->normal(block, 0, io->x.real, io->x.ld, d);
  for (size_t i = 0; io->logp && i < block->n; i++) {
    const double *x = io->x.real + i * io->x.ld;
    double sum = 0;
    for (size_t j = 0; j < d; j++) sum += x[j] * x[j];
    io->logp[i] = -0.5 * (sum + (double)d * log(6.283185307179586));
  }
  return KAC_OK;
}

static const kac_score_ops ops = {
    .struct_size = sizeof ops, .eval = healthy_eval, .sample = sample};
static const kac_component component = {
    KAC_COMPONENT(KAC_SCORE, ANIMAL, "of the zoo", struct config, unit_params,
                  kac_score_ops, ops),
    .provides = KAC_Q_SCORE | KAC_Q_SAMPLE};
KAC_MODULE(component)
