/* SPDX-License-Identifier: GPL-3.0-or-later */
/* log phi(x) = amplitude sum_i sin(wave_i x_i + phase): a corrugated substrate.
 *
 * For x ~ N(m, V) in one dimension, E[log phi] = amplitude sin(wave m + phase)
 * exp(-wave^2 V / 2).
 * Check: amplitude = 2, wave = pi, phase = 0, x = 1/2: phi = 2, gradient 0. */
#include <kac/sdk.h>

struct config {
  kac_array wave;
  double amplitude, phase;
};
static const kac_param params[] = {
    KAC_ARRAY(struct config, wave, KAC_P_REQUIRED, "d?", "1/length",
              "wave number along each coordinate: 2 pi / period"),
    KAC_REAL(struct config, amplitude, 1, -1e12, 1e12, "",
             "height of log phi for each coordinate"),
    KAC_REAL(struct config, phase, 0, -1e6, 1e6, "radian", "added to wave x"),
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
      double k = kac_at(&cfg->wave, j), angle = k * x[j] + cfg->phase;
      sum += sin(angle);
      if (io->want & KAC_Q_DPHI)
        io->dphi[i * io->ld + j] = cfg->amplitude * k * cos(angle);
    }
    if (io->want & KAC_Q_PHI) io->phi[i] = cfg->amplitude * sum;
  }
  return KAC_OK;
}

KAC_POTENTIAL_PLUGIN("sinusoid",
                     "corrugated, amplitude sum sin(wave x + phase)",
                     struct config, params, KAC_Q_PHI | KAC_Q_DPHI, eval)
