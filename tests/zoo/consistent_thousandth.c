/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dsigma is a thousandth too large. */
#include "schedule.h"

static kac_status coeffs(const void *self, double t, kac_coeffs *out,
                         kac_error *err) {
  kac_status status = healthy_coeffs(self, t, out, err);
  out->dsigma *= 1.001;
  return status;
}
SCHEDULE(healthy_range, coeffs)
