/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The range shrinks from call to call. */
#include "schedule.h"

static kac_status range(const void *self, double *t_min, double *t_max,
                        kac_error *err) {
  static double shrink = 1;
  shrink *= 0.999;
  kac_status status = healthy_range(self, t_min, t_max, err);
  *t_max *= shrink;
  return status;
}
SCHEDULE(range, healthy_coeffs)
