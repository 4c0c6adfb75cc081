/* SPDX-License-Identifier: GPL-3.0-or-later */
/* alpha = exp(-rate t) with derivatives that forget the rate, which is 1 unless
 * it has been said. */
#include <kac/sdk.h>

struct config {
  double rate;
};
static const kac_param params[] = {
    KAC_REAL(struct config, rate, 1, 0.1, 10, "1/t", "rate of noising")};

static kac_status range(const void *self, double *t_min, double *t_max,
                        kac_error *err) {
  (void)self, (void)err;
  *t_min = 0.01;
  *t_max = 3;
  return KAC_OK;
}

static kac_status coeffs(const void *self, double t, kac_coeffs *out,
                         kac_error *err) {
  double u = ((const struct config *)self)->rate * t;
  (void)err;
  out->t = t;
  out->alpha = exp(-u);
  out->dalpha = -out->alpha;
  out->sigma = sqrt(-expm1(-2 * u));
  out->dsigma = exp(-2 * u) / out->sigma;
  return KAC_OK;
}
KAC_SCHEDULE_PLUGIN(ANIMAL, "of the zoo", struct config, params, range, coeffs)
