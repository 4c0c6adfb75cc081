/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every particle becomes a copy of the one of largest weight, the first of
 * them in a tie.  This is a greedy search (beam search of width one with n
 * tries), no resampling: the expected offspring are not n w, so that neither
 * the samples follow the target nor log Z is estimated.  KAC_R_BIASED says so.
 *
 * Check: w = (.2, .4, .4): ancestors 1 1 1. */
#include "weights.h"

static size_t n_uniform(const void *self, size_t n_in, size_t n_out) {
  (void)self;
  (void)n_in;
  (void)n_out;
  return 0;
}

/* By the logarithm: exp may round two of them to the same weight. */
static kac_status resample(const void *self, kac_resample_io *io,
                           kac_error *err) {
  double total = 0;
  (void)self;
  kac_status status = weights_check(io, &total, err);
  if (status != KAC_OK) return status;
  size_t best = 0;
  for (size_t i = 1; i < io->n_in; i++)
    best = io->logw[i] > io->logw[best] ? i : best;
  for (size_t k = 0; k < io->n_out; k++) io->ancestor[k] = (uint32_t)best;
  return KAC_OK;
}

static const kac_resampler_ops ops = {sizeof ops, 0, n_uniform, resample};

static const kac_component argmax = {
    .struct_size = sizeof(kac_component),
    .kind = KAC_RESAMPLER,
    .name = "argmax",
    .version = "1.0",
    .summary = "greedy: all become the particle of largest weight",
    .doc =
        "A search for one good particle. The samples do not follow the target "
        "and log Z is not estimated.",
    .provides = KAC_R_BIASED,
    .spans = KAC_SPAN_REAL | KAC_SPAN_TOKEN,
    .param_size = sizeof(kac_param),
    .ops = &ops};
KAC_MODULE(argmax)
