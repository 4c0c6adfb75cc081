/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nothing is wrong with it: it keeps the best, and says that it is greedy. */
#include "resampler.h"

static kac_status resample(const void *self, kac_resample_io *io,
                           kac_error *err) {
  uint32_t best = 0;
  (void)self, (void)err;
  for (size_t i = 0; i < io->n_in; i++)
    if (io->w[i] > io->w[best]) best = (uint32_t)i;
  for (size_t j = 0; j < io->n_out; j++) io->ancestor[j] = best;
  return KAC_OK;
}

static const kac_resampler_ops ops = {sizeof ops, 0, one_per_child, resample};
static const kac_component component = {
    KAC_COMPONENT(KAC_RESAMPLER, ANIMAL, "of the zoo", struct config, params,
                  kac_resampler_ops, ops),
    .provides = KAC_R_BIASED};
KAC_MODULE(component)
