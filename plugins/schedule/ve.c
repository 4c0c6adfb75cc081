/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Variance-exploding noising with a geometric ladder:
 *
 *   alpha = 1,  sigma = sigma_min (sigma_max / sigma_min)^t,
 *   g^2 = d sigma^2/dt = 2 sigma^2 ln(sigma_max / sigma_min).
 *
 * Reference: Song et al. 2021, arXiv 2011.13456, appendix C.
 * Check: sigma_min = 0.02, sigma_max = 10, t = 1/2: sigma = sqrt(0.2) =
 * 0.4472136. */
#include <kac/sdk.h>

struct config {
  double sigma_min, sigma_max, t_min, t_max;
};
static const kac_param params[] = {
    KAC_REAL(struct config, sigma_min, 0.01, 1e-12, 1e12, "", "sigma at t = 0"),
    KAC_REAL(struct config, sigma_max, 50.0, 1e-12, 1e12, "",
             "sigma at t = 1: many times the width of the data"),
    KAC_REAL(struct config, t_min, 0, -1e3, 1e3, "",
             "time at which a run ends"),
    KAC_REAL(struct config, t_max, 1, -1e3, 1e3, "",
             "time at which a run starts"),
};

static kac_status range(const void *self, double *t_min, double *t_max,
                        kac_error *err) {
  const struct config *cfg = self;
  if (cfg->sigma_min >= cfg->sigma_max)
    return kac_fail(err, KAC_EINVAL, "sigma_min %g is not below sigma_max %g",
                    cfg->sigma_min, cfg->sigma_max);
  if (cfg->t_min >= cfg->t_max)
    return kac_fail(err, KAC_EINVAL, "t_min %g is not below t_max %g",
                    cfg->t_min, cfg->t_max);
  *t_min = cfg->t_min;
  *t_max = cfg->t_max;
  return KAC_OK;
}

static kac_status coeffs(const void *self, double t, kac_coeffs *out,
                         kac_error *err) {
  const struct config *cfg = self;
  (void)err;
  double slope = log(cfg->sigma_max / cfg->sigma_min);
  out->t = t;
  out->alpha = 1;
  out->dalpha = 0;
  out->sigma = cfg->sigma_min * exp(slope * t);
  out->dsigma = slope * out->sigma;
  return KAC_OK;
}

KAC_SCHEDULE_PLUGIN("ve", "variance exploding, geometric", struct config,
                    params, range, coeffs)
