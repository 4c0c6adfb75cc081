/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fills g2 with what is no number. */
#include "schedule.h"

static kac_status coeffs(const void *self, double t, kac_coeffs *out,
                         kac_error *err) {
  kac_status status = healthy_coeffs(self, t, out, err);
  out->g2 = KAC_NAN;
  return status;
}
SCHEDULE(healthy_range, coeffs)
