/* SPDX-License-Identifier: MIT */
/* A schedule for kac: the noising process x_t = alpha(t) x_0 + sigma(t) noise.
 * Say here what it is, where it comes from, and one number that a reader can
 * check by hand.  This one keeps the variance, with a rate B that is linear in
 * time:
 *
 *   B(t) = beta_min + (beta_max - beta_min) t,  I(t) = its integral from 0,
 *   alpha = exp(-I/2),  sigma^2 = 1 - exp(-I).
 *
 * Song et al. 2021, arXiv 2011.13456.  Check: beta_min = 0.1, beta_max = 20,
 * t = 1: I = 10.05, alpha = exp(-5.025) = 0.00657157. */
#include <kac/sdk.h>

/* What the user may set.  The host fills this from the pipeline's text. */
struct config {
  double beta_min, beta_max;
};

/* One row per key: struct, member, default, smallest, largest, unit, meaning.
 * Types, ranges, misspelt keys and `kac info` all come from here. */
static const kac_param params[] = {
    KAC_REAL(struct config, beta_min, 0.1, 1e-6, 1e3, "", "rate at t = 0"),
    KAC_REAL(struct config, beta_max, 20, 1e-6, 1e3, "", "rate at t = 1"),
};

/* Data at t_min, noise at t_max; a run goes down in t.  At t = 0 there would be
 * no noise and the derivative of sigma infinite. */
static kac_status range(const void *self, double *t_min, double *t_max,
                        kac_error *err) {
  (void)self, (void)err;
  *t_min = 1e-3;
  *t_max = 1;
  return KAC_OK;
}

/* alpha, sigma and their derivatives at t.  From them the host works out drift
 * and diffusion: sigma/alpha has to rise with t. */
static kac_status coeffs(const void *self, double t, kac_coeffs *out,
                         kac_error *err) {
  const struct config *cfg = self;
  double rate = cfg->beta_min + (cfg->beta_max - cfg->beta_min) * t;
  double integral = 0.5 * t * (cfg->beta_min + rate);
  (void)err;
  out->t = t;
  out->alpha = exp(-0.5 * integral);
  out->sigma = sqrt(-expm1(-integral));
  out->dalpha = -0.5 * rate * out->alpha;
  out->dsigma = 0.5 * rate * out->alpha * out->alpha / out->sigma;
  return KAC_OK;
}

/* Name (also the file's), summary, config, table, functions. */
KAC_SCHEDULE_PLUGIN("my_plugin", "variance preserving, linear rate",
                    struct config, params, range, coeffs)
