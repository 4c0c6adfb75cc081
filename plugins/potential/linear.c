/* SPDX-License-Identifier: GPL-3.0-or-later */
/* log phi(x) = slope . x: an exponential tilt.
 *
 * It moves a Gaussian without changing its width: N(m, V) becomes
 * N(m + V slope, V), with Z = exp(slope.m + slope.V.slope/2).
 * Check: slope = (2, -1), x = (1, 3): phi = -1. */
#include <kac/sdk.h>

struct config {
  kac_array slope;
};
static const kac_param params[] = {
    KAC_ARRAY(struct config, slope, KAC_P_REQUIRED, "d?", "1/length",
              "gradient of log phi"),
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
      sum += kac_at(&cfg->slope, j) * x[j];
      if (io->want & KAC_Q_DPHI)
        io->dphi[i * io->ld + j] = kac_at(&cfg->slope, j);
    }
    if (io->want & KAC_Q_PHI) io->phi[i] = sum;
  }
  return KAC_OK;
}

KAC_POTENTIAL_PLUGIN("linear", "exponential tilt, slope . x", struct config,
                     params, KAC_Q_PHI | KAC_Q_DPHI, eval)
