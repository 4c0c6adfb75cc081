/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "conform/tally.h"

#include <math.h>

void tally_add(struct tally *tally, double value) {
  tally->n++;
  tally->sum += value;
  tally->sum2 += value * value;
}

bool tally_is_near(const struct tally *tally, double expected, double rounding,
                   double *mean, double *error) {
  *mean = tally->sum / tally->n;
  *error = sqrt(fmax(tally->sum2 / tally->n - *mean * *mean, 0) / tally->n);
  return fabs(*mean - expected) < 5.5 * *error + rounding;
}
