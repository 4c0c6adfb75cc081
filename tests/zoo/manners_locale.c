/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Changes the locale. */
#include <locale.h>

#include "schedule.h"

static kac_status range(const void *self, double *t_min, double *t_max,
                        kac_error *err) {
  if (!setlocale(LC_ALL, "C.UTF-8"))
    return kac_fail(err, KAC_EINVAL, "no locale C.UTF-8");
  return healthy_range(self, t_min, t_max, err);
}
SCHEDULE(range, healthy_coeffs)
