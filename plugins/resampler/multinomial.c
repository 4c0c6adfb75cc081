/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Multinomial resampling: n_out independent draws from the weights, made in
 * increasing order in one pass with sorted uniforms.  The number of offspring
 * of particle i has mean n w_i and variance n w_i (1 - w_i), the largest of
 * all schemes here.
 *
 * Gordon, Salmond and Smith 1993, IEE Proc. F 140, 107.  Check: w = (.5, .5),
 * n_out = 2: both particles survive with probability 1/2. */
#include "draws.h"

static size_t n_uniform(const void *self, size_t n_in, size_t n_out) {
  (void)self;
  (void)n_in;
  return n_out + 1;
}

static kac_status resample(const void *self, kac_resample_io *io,
                           kac_error *err) {
  (void)self;
  double total = 0;
  kac_status status = weights_check(io, &total, err);
  if (status != KAC_OK) return status;
  draw_sorted(io->w, io->n_in, total, io->u, io->n_out, io->ancestor);
  return KAC_OK;
}

static const kac_resampler_ops ops = {sizeof ops, 0, n_uniform, resample};

static const char *const cites[] = {
    "Gordon, Salmond and Smith 1993, Novel approach to nonlinear/non-Gaussian "
    "Bayesian state estimation, IEE Proc. F 140, 107",
    NULL};

static const kac_component multinomial = {
    .struct_size = sizeof(kac_component),
    .kind = KAC_RESAMPLER,
    .name = "multinomial",
    .version = "1.0",
    .summary = "independent draws from the weights",
    .doc =
        "The noisiest scheme and the one that theory is written for; "
        "systematic or ssp are better in practice.",
    .cites = cites,
    .spans = KAC_SPAN_REAL | KAC_SPAN_TOKEN,
    .param_size = sizeof(kac_param),
    .ops = &ops};
KAC_MODULE(multinomial)
