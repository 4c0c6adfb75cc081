/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fills g2 with something else than follows from alpha and sigma. */
#include "schedule.h"

static kac_status coeffs(const void *self, double t, kac_coeffs *out,
                         kac_error *err) {
  kac_status status = healthy_coeffs(self, t, out, err);
  out->g2 = 1;
  return status;
}
SCHEDULE(healthy_range, coeffs)
