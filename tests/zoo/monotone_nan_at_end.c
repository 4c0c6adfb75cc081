/* SPDX-License-Identifier: GPL-3.0-or-later */
/* No number at t_max, where it divides zero by zero. */
#include "schedule.h"

static kac_status coeffs(const void *self, double t, kac_coeffs *out,
                         kac_error *err) {
  kac_status status = healthy_coeffs(self, t, out, err);
  out->sigma *= (3 - t) / (3 - t);
  return status;
}
SCHEDULE(healthy_range, coeffs)
