/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The time of EDM: t is the noise level itself.
 *
 *   alpha = 1,  sigma = t,  g^2 = 2 t,  t from sigma_max down to sigma_min.
 *
 * Reference: Karras et al. 2022, arXiv 2206.00364, table 1.
 * Check: t = 3: sigma = 3, dsigma = 1. */
#include <kac/sdk.h>

struct config {
  double sigma_min, sigma_max;
};
static const kac_param params[] = {
    KAC_REAL(struct config, sigma_min, 0.002, 0, 1e12, "",
             "noise level at the end"),
    KAC_REAL(struct config, sigma_max, 80.0, 0, 1e12, "",
             "noise level at the start: many times the width of the data"),
};

static kac_status range(const void *self, double *t_min, double *t_max,
                        kac_error *err) {
  const struct config *cfg = self;
  if (cfg->sigma_min >= cfg->sigma_max)
    return kac_fail(err, KAC_EINVAL, "sigma_min %g is not below sigma_max %g",
                    cfg->sigma_min, cfg->sigma_max);
  *t_min = cfg->sigma_min;
  *t_max = cfg->sigma_max;
  return KAC_OK;
}

static kac_status coeffs(const void *self, double t, kac_coeffs *out,
                         kac_error *err) {
  (void)self, (void)err;
  out->t = t;
  out->alpha = 1;
  out->sigma = t;
  out->dalpha = 0;
  out->dsigma = 1;
  return KAC_OK;
}

KAC_SCHEDULE_PLUGIN("edm", "variance exploding, sigma = t", struct config,
                    params, range, coeffs)
