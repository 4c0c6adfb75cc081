/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dalpha is a tenth too large. */
#include "schedule.h"

static kac_status coeffs(const void *self, double t, kac_coeffs *out,
                         kac_error *err) {
  kac_status status = healthy_coeffs(self, t, out, err);
  out->dalpha *= 1.1;
  return status;
}
SCHEDULE(healthy_range, coeffs)
