/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Adds the mean of other data. */
#include "several.h"

static kac_status sample(const void *self, const kac_block *block,
                         kac_sample_io *io, kac_error *err) {
  kac_status status = healthy_sample(self, block, io, err);
  for (size_t i = 0; i < block->n; i++) io->x.real[i * io->x.ld] += 0.4;
  return status;
}

static const kac_score_ops ops = {
    .struct_size = sizeof ops, .eval = healthy_eval, .sample = sample};
static const kac_component component = {
    KAC_COMPONENT(KAC_SCORE, ANIMAL, "of the zoo", struct config, params,
                  kac_score_ops, ops),
    .provides = KAC_Q_SCORE | KAC_Q_SAMPLE};
KAC_MODULE(component)
