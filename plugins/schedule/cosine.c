/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cosine noising.  With the angle
 *
 *   theta(t) = angle pi (t/length + offset) / (1 + offset),
 *   alpha = cos theta(t) / cos theta(0),  sigma^2 = 1 - alpha^2,
 *
 * so that alpha(0) = 1.  Nichol and Dhariwal 2021, arXiv 2102.09672, eq. 17,
 * is angle = 1/2, offset = 0.008.  alpha^2 = cos^2(.49 pi t/12) is angle =
 * 0.49, length = 12, offset = 0, t_min = 0, t_max = 12.
 * Check: that one at t = 6: alpha = cos(.245 pi) = 0.7181263.
 *
 * alpha must stay above 0 (f = alpha'/alpha), so t_max stops short of the angle
 * pi/2.  At t = 0 sigma is 0, dsigma infinite (given as 0) and g2 finite. */
#include <kac/sdk.h>

struct config {
  double angle, length, offset, t_min, t_max;
};
#define PI 3.14159265358979323846
static const kac_param params[] = {
    KAC_REAL(struct config, angle, 0.5, 1e-6, 0.5, "pi", "angle at t = length"),
    KAC_REAL(struct config, length, 1.0, 1e-6, 1e6, "", "time unit"),
    KAC_REAL(struct config, offset, 0.008, 0, 1, "",
             "shift that bounds the rate at t = 0"),
    KAC_REAL(struct config, t_min, 1e-3, 0, 1e6, "",
             "time at which a run ends"),
    KAC_REAL(struct config, t_max, 0.995, 0, 1e6, "",
             "time at which a run starts; the angle there must be below pi/2"),
};

static double slope(const struct config *cfg) {
  return cfg->angle * PI / (1.0 + cfg->offset);
}

static kac_status range(const void *self, double *t_min, double *t_max,
                        kac_error *err) {
  const struct config *cfg = self;
  double angle = slope(cfg) * (cfg->t_max / cfg->length + cfg->offset);
  if (cfg->t_min >= cfg->t_max)
    return kac_fail(err, KAC_EINVAL, "t_min %g is not below t_max %g",
                    cfg->t_min, cfg->t_max);
  if (angle > (0.5 - 1e-6) * PI)
    return kac_fail(err, KAC_EINVAL,
                    "the angle at t_max %g is %g pi, expected below 0.5 pi: "
                    "alpha would reach 0",
                    cfg->t_max, angle / PI);
  *t_min = cfg->t_min;
  *t_max = cfg->t_max;
  return KAC_OK;
}

static kac_status coeffs(const void *self, double t, kac_coeffs *out,
                         kac_error *err) {
  const struct config *cfg = self;
  (void)err;
  double unit = cos(slope(cfg) * cfg->offset);
  double turned = slope(cfg) * (t / cfg->length),
         start = slope(cfg) * cfg->offset;
  double angle = turned + start;
  out->t = t;
  out->alpha = cos(angle) / unit;
  /* 1 - alpha^2 without its cancellation near t = 0. */
  out->sigma = sqrt(sin(turned) * sin(turned + 2 * start)) / unit;
  out->dalpha = -sin(angle) / unit * slope(cfg) / cfg->length;
  out->dsigma = out->sigma > 0 ? -out->alpha * out->dalpha / out->sigma : 0;
  out->g2 = -2 * out->dalpha / out->alpha; /* holds at sigma = 0 too */
  return KAC_OK;
}

KAC_SCHEDULE_PLUGIN("cosine", "variance preserving, cosine", struct config,
                    params, range, coeffs)
