/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Its range ends before it begins. */
#include "schedule.h"

static kac_status range(const void *self, double *t_min, double *t_max,
                        kac_error *err) {
  return healthy_range(self, t_max, t_min, err);
}
SCHEDULE(range, healthy_coeffs)
