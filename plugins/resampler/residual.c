/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Residual resampling: floor(n w_i) offspring for certain, the rest by
 * multinomial draws from the fractions n w_i - floor(n w_i).
 *
 * Liu and Chen 1998, J. Am. Stat. Assoc. 93, 1032.  Check: w = (.5, .25, .25),
 * n_out = 4: ancestors 0 0 1 2 without any randomness. */
#include "draws.h"

static kac_status plan(const void *config, kac_plan *io, kac_error *err) {
  (void)config;
  (void)err;
  io->scratch_bytes = io->n_particles * sizeof(double);
  return KAC_OK;
}

static size_t n_uniform(const void *self, size_t n_in, size_t n_out) {
  (void)self;
  (void)n_in;
  return n_out + 1;
}

/* Writes the certain offspring and the fractions; returns how many of the
 * former.  A product that rounding left just below an integer counts as it. */
static size_t place_whole(const kac_resample_io *io, double scale,
                          double *fraction) {
  size_t k = 0;
  for (size_t i = 0; i < io->n_in; i++) {
    double v = io->w[i] * scale;
    size_t whole = (size_t)(v + v * 0x1p-49);
    double rest = v - (double)whole;
    fraction[i] = rest > 0 ? rest : 0;
    for (size_t j = 0; j < whole && k < io->n_out; j++)
      io->ancestor[k++] = (uint32_t)i;
  }
  return k;
}

static kac_status resample(const void *self, kac_resample_io *io,
                           kac_error *err) {
  (void)self;
  double total = 0, *fraction = io->scratch;
  kac_status status = weights_check(io, &total, err);
  if (status != KAC_OK) return status;
  size_t k = place_whole(io, (double)io->n_out / total, fraction);
  if (k == io->n_out) return KAC_OK;
  double rest = weights_total(fraction, io->n_in);
  draw_sorted(rest > 0 ? fraction : io->w, io->n_in, rest > 0 ? rest : total,
              io->u, io->n_out - k, io->ancestor + k);
  return KAC_OK;
}

static const kac_resampler_ops ops = {sizeof ops, 0, n_uniform, resample};

static const char *const cites[] = {
    "Liu and Chen 1998, Sequential Monte Carlo methods for dynamic systems, J. "
    "Am. Stat. Assoc. 93, 1032",
    NULL};

static const kac_component residual = {
    .struct_size = sizeof(kac_component),
    .kind = KAC_RESAMPLER,
    .name = "residual",
    .version = "1.0",
    .summary = "whole offspring for certain, the rest multinomial",
    .doc =
        "Never noisier than multinomial, and independent of the order of "
        "the particles.",
    .cites = cites,
    .spans = KAC_SPAN_REAL | KAC_SPAN_TOKEN,
    .param_size = sizeof(kac_param),
    .plan = plan,
    .ops = &ops};
KAC_MODULE(residual)
