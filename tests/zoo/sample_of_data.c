/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws data, at whatever t. */
#include "several.h"

static kac_status sample(const void *self, const kac_block *block,
                         kac_sample_io *io, kac_error *err) {
  const struct config *cfg = self;
  (void)err;
  block->host->normal(block, 0, io->x.real, io->x.ld, block->space->n_real);
  for (size_t i = 0; i < block->n; i++) {
    io->x.real[i * io->x.ld] *= cfg->width;
    if (io->logp) io->logp[i] = 0;
  }
  return KAC_OK;
}

static const kac_score_ops ops = {
    .struct_size = sizeof ops, .eval = healthy_eval, .sample = sample};
static const kac_component component = {
    KAC_COMPONENT(KAC_SCORE, ANIMAL, "of the zoo", struct config, params,
                  kac_score_ops, ops),
    .provides = KAC_Q_SCORE | KAC_Q_SAMPLE};
KAC_MODULE(component)
