/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Less noise around t = 0.9 than before. */
#include "schedule.h"

static kac_status coeffs(const void *self, double t, kac_coeffs *out,
                         kac_error *err) {
  kac_status status = healthy_coeffs(self, t, out, err);
  out->sigma *= 1 - 0.5 * exp(-(t - 0.9) * (t - 0.9) / 0.0025);
  return status;
}
SCHEDULE(healthy_range, coeffs)
