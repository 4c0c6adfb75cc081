/* SPDX-License-Identifier: GPL-3.0-or-later */
/* No noising at all: alpha = 1, sigma = 0, f = g = 0 at every t.  Time only
 * counts the way from t_max to t_min, along which powers and strengths change:
 * the ladder of annealed importance sampling (docs/methods.md section 3).
 * Reference: Neal 2001, Statistics and Computing 11, 125.
 * Check: every coefficient is the same at t = 0 and t = 1. */
#include <kac/sdk.h>

struct config {
  double t_min, t_max;
};
static const kac_param params[] = {
    KAC_REAL(struct config, t_min, 0, -1e6, 1e6, "",
             "time at which a run ends"),
    KAC_REAL(struct config, t_max, 1, -1e6, 1e6, "",
             "time at which a run starts"),
};

static kac_status range(const void *self, double *t_min, double *t_max,
                        kac_error *err) {
  const struct config *cfg = self;
  if (cfg->t_min >= cfg->t_max)
    return kac_fail(err, KAC_EINVAL, "t_min %g is not below t_max %g",
                    cfg->t_min, cfg->t_max);
  *t_min = cfg->t_min;
  *t_max = cfg->t_max;
  return KAC_OK;
}

static kac_status coeffs(const void *self, double t, kac_coeffs *out,
                         kac_error *err) {
  (void)self, (void)err;
  out->t = t;
  out->alpha = 1;
  out->sigma = 0;
  out->dalpha = 0;
  out->dsigma = 0;
  return KAC_OK;
}

KAC_SCHEDULE_PLUGIN("static", "no noising: for energy ladders", struct config,
                    params, range, coeffs)
