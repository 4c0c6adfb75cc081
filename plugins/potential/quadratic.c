/* SPDX-License-Identifier: GPL-3.0-or-later */
/* log phi(x) = -1/2 sum_i stiffness_i (x_i - center_i)^2.
 *
 * A Gaussian likelihood with precision `stiffness`: N(m, V) becomes a Gaussian
 * of precision 1/V + stiffness.  A negative stiffness pushes away, which is
 * only normalisable where the model's own tails are narrower.
 * Check: stiffness = 1/3, center = 1, x = 4: phi = -3/2, gradient -1. */
#include <kac/sdk.h>

struct config {
  kac_array stiffness, center;
};
static const kac_param params[] = {
    KAC_ARRAY(struct config, stiffness, 0, "d?", "1/length^2",
              "curvature of -log phi; default 1"),
    KAC_ARRAY(struct config, center, 0, "d?", "length",
              "where phi is 1; default 0"),
};

static kac_status eval(const void *self, const kac_block *block,
                       kac_potential_io *io, kac_error *err) {
  const struct config *cfg = self;
  size_t d = block->space->n_real;
  (void)err;
  for (size_t i = 0; i < block->n; i++) {
    const double *x = kac_row(&io->x, i);
    double sum = 0;
    for (size_t j = 0; j < d; j++) {
      double k = cfg->stiffness.n ? kac_at(&cfg->stiffness, j) : 1.0;
      double delta = x[j] - (cfg->center.n ? kac_at(&cfg->center, j) : 0.0);
      sum += k * delta * delta;
      if (io->want & KAC_Q_DPHI) io->dphi[i * io->ld + j] = -k * delta;
    }
    if (io->want & KAC_Q_PHI) io->phi[i] = -0.5 * sum;
  }
  return KAC_OK;
}

KAC_POTENTIAL_PLUGIN("quadratic", "harmonic, -stiffness/2 |x - center|^2",
                     struct config, params, KAC_Q_PHI | KAC_Q_DPHI, eval)
