/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The healthy schedule of the zoo: alpha = exp(-t), sigma^2 = 1 - exp(-2 t), t
 * from 0.01 to 3.  To be spoiled in one place by those who include this file.
 */
#ifndef KAC_ZOO_SCHEDULE_H
#define KAC_ZOO_SCHEDULE_H
#include <kac/sdk.h>

struct config {
  double unused;
};
__attribute__((unused)) static const kac_param params[] = {
    KAC_REAL(struct config, unused, 0, 0, 1, "", "does nothing")};

KAC_INLINE kac_status healthy_range(const void *self, double *t_min,
                                    double *t_max, kac_error *err) {
  (void)self, (void)err;
  *t_min = 0.01;
  *t_max = 3;
  return KAC_OK;
}

KAC_INLINE kac_status healthy_coeffs(const void *self, double t,
                                     kac_coeffs *out, kac_error *err) {
  (void)self, (void)err;
  out->t = t;
  out->alpha = exp(-t);
  out->dalpha = -out->alpha;
  out->sigma = sqrt(-expm1(-2 * t));
  out->dsigma = exp(-2 * t) / out->sigma;
  return KAC_OK;
}

#define SCHEDULE(RANGE, COEFFS)                                           \
  KAC_SCHEDULE_PLUGIN(ANIMAL, "of the zoo", struct config, params, RANGE, \
                      COEFFS)

#endif
