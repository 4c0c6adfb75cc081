/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Variance-preserving noising with a linear rate, and Ornstein-Uhlenbeck
 * noising as its constant case.  With B(t) = beta_min + (beta_max - beta_min) t
 * and I(t) = int_0^t B:
 *
 *   dx = -B/2 x dt + sqrt(B) dW,  alpha = exp(-I/2),  sigma^2 = 1 - exp(-I).
 *
 * beta_min = beta_max = 2 is dx = -x dt + sqrt(2) dW with alpha = exp(-t).
 * Reference: Song et al. 2021, arXiv 2011.13456, appendix C.
 * Check: defaults, t = 1: alpha = exp(-5.025) = 0.00657157.
 *
 * At t = 0 sigma is 0 and its derivative infinite, given as 0: g^2 = B is
 * filled here because it could not follow from that. */
#include <kac/sdk.h>

struct config {
  double beta_min, beta_max, t_min, t_max;
};
static const kac_param params[] = {
    KAC_REAL(struct config, beta_min, 0.1, 0, 1e6, "",
             "noising rate B at t = 0"),
    KAC_REAL(struct config, beta_max, 20.0, 0, 1e6, "",
             "noising rate B at t = 1"),
    KAC_REAL(struct config, t_min, 1e-3, 0, 1e6, "",
             "time at which a run ends; at 0 sigma is 0 and the score of a "
             "model without width of its own is not defined"),
    KAC_REAL(struct config, t_max, 1.0, 0, 1e6, "",
             "time at which a run starts"),
};

static double rate(const struct config *cfg, double t) {
  return cfg->beta_min + (cfg->beta_max - cfg->beta_min) * t;
}

static kac_status range(const void *self, double *t_min, double *t_max,
                        kac_error *err) {
  const struct config *cfg = self;
  if (cfg->t_min >= cfg->t_max)
    return kac_fail(err, KAC_EINVAL, "t_min %g is not below t_max %g",
                    cfg->t_min, cfg->t_max);
  if (!(rate(cfg, cfg->t_max) > 0))
    return kac_fail(err, KAC_EINVAL,
                    "the noising rate is %g at t_max %g, expected above 0",
                    rate(cfg, cfg->t_max), cfg->t_max);
  *t_min = cfg->t_min;
  *t_max = cfg->t_max;
  return KAC_OK;
}

static kac_status coeffs(const void *self, double t, kac_coeffs *out,
                         kac_error *err) {
  const struct config *cfg = self;
  (void)err;
  double integral = 0.5 * t * (cfg->beta_min + rate(cfg, t));
  out->t = t;
  out->alpha = exp(-0.5 * integral);
  out->sigma = sqrt(-expm1(-integral));
  out->dalpha = -0.5 * rate(cfg, t) * out->alpha;
  out->dsigma = out->sigma > 0 ? -out->alpha * out->dalpha / out->sigma : 0;
  out->g2 = rate(cfg, t); /* at sigma = 0 too, where sigma' is infinite */
  return KAC_OK;
}

KAC_SCHEDULE_PLUGIN("vp", "variance preserving, linear rate", struct config,
                    params, range, coeffs)
