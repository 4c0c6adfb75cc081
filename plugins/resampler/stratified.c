/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stratified resampling: one point (j + u_j)/n_out in each of n_out strata,
 * each with its own uniform.  The first i particles have
 * floor(v_i) + [u_floor(v_i) < v_i - floor(v_i)] offspring together, where
 * v_i = n_out (w_1 + ... + w_i), so the sweep needs no search.
 *
 * Kitagawa 1996, J. Comput. Graph. Stat. 5, 1.  Check: equal weights and
 * n_out = n_in give the identity. */
#include "prefix.h"

static size_t n_uniform(const void *self, size_t n_in, size_t n_out) {
  (void)self;
  (void)n_in;
  return n_out;
}

/* How many of the points j + u_j lie below v.  `margin` is larger
 * than the rounding of v, so that equal weights give the identity for
 * every u. */
static inline size_t points_below(double v, double margin, const double *u,
                                  size_t n_out) {
  if (!(v + margin < (double)n_out)) return n_out;
  size_t whole = (size_t)(v + margin);
  return whole + (u[whole] < v - margin - (double)whole);
}

static void sweep(const kac_resample_io *io, double scale) {
  struct prefix passed = {.sum = 0};
  int32_t below[TILE];
  size_t k = 0, n_in = io->n_in, n_out = io->n_out;
  double margin = prefix_margin((double)n_out);
  for (size_t first = 0; first < n_in && k < n_out; first += TILE) {
    size_t n = n_in - first < TILE ? n_in - first : TILE;
    prefix_tile(&passed, io->w + first, n);
    for (size_t j = 0; j < passed.length * LANES; j++)
      below[j] =
          (int32_t)points_below(passed.at[j] * scale, margin, io->u, n_out);
    k = prefix_give(&passed, below, first, n, k, io->ancestor, n_out);
  }
  uint32_t last = (uint32_t)weights_last(io->w, n_in);
  while (k < n_out) io->ancestor[k++] = last;
}

static kac_status resample(const void *self, kac_resample_io *io,
                           kac_error *err) {
  (void)self;
  double total = 0;
  kac_status status = weights_check(io, &total, err);
  if (status != KAC_OK) return status;
  sweep(io, (double)io->n_out / total);
  return KAC_OK;
}

static const kac_resampler_ops ops = {sizeof ops, 0, n_uniform, resample};

static const char *const cites[] = {
    "Kitagawa 1996, Monte Carlo filter and smoother for non-Gaussian nonlinear "
    "state space models, J. Comput. Graph. Stat. 5, 1",
    NULL};

static const kac_component stratified = {
    .struct_size = sizeof(kac_component),
    .kind = KAC_RESAMPLER,
    .name = "stratified",
    .version = "1.0",
    .summary = "one draw in each of n equal strata",
    .doc =
        "Never noisier than multinomial. The result depends on the order "
        "of the particles.",
    .cites = cites,
    .spans = KAC_SPAN_REAL | KAC_SPAN_TOKEN,
    .param_size = sizeof(kac_param),
    .ops = &ops};
KAC_MODULE(stratified)
