/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The zoo: a good schedule, alpha = exp(-t), sigma^2 = 1 - exp(-2 t) from .01
 * to 3, which -DANIMAL turns into one that breaks the law named in
 * tests/zoo.tsv. */
#include <kac/sdk.h>

struct config {
  double unused;
};
static const kac_param params[] = {
    KAC_REAL(struct config, unused, 0, 0, 1, "", "does nothing")};

static kac_status range(const void *self, double *t_min, double *t_max,
                        kac_error *err) {
  (void)self;
  (void)err;
  *t_min = 0.01;
  *t_max = 3;
#ifdef RANGE_TURNED
  *t_min = 3;
  *t_max = 0.01;
#endif
  return KAC_OK;
}

static kac_status coeffs(const void *self, double t, kac_coeffs *c,
                         kac_error *err) {
  (void)self;
  (void)err;
  c->alpha = exp(-t);
  c->dalpha = -c->alpha;
  c->sigma = sqrt(1 - c->alpha * c->alpha);
  c->dsigma = c->alpha * c->alpha / c->sigma;
#ifdef DALPHA_TENTH
  c->dalpha *= 1.1;
#elif defined DSIGMA_OF_SQUARE
  c->dsigma = 2 * c->alpha * c->alpha;
#elif defined G2_HALVED
  c->g2 = c->sigma * (c->dsigma + c->sigma);
#elif defined DIPS
  c->sigma *= 1 - 0.5 * exp(-(t - 0.9) * (t - 0.9) / 0.0025);
#elif defined NAN_AT_END
  if (t >= 3) c->sigma = KAC_NAN;
#endif
  return KAC_OK;
}

KAC_SCHEDULE_PLUGIN("animal", "of the zoo", struct config, params, range,
                    coeffs)
