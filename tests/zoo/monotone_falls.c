/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Noise at t_min and data at t_max: time runs as in flow matching. */
#include "schedule.h"

static kac_status coeffs(const void *self, double t, kac_coeffs *out,
                         kac_error *err) {
  kac_status status = healthy_coeffs(self, 3.01 - t, out, err);
  out->t = t;
  out->dalpha *= -1;
  out->dsigma *= -1;
  return status;
}
SCHEDULE(healthy_range, coeffs)
