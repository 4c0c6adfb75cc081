/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mean of many draws beside what it should be. */
#ifndef KAC_CORE_TALLY_H
#define KAC_CORE_TALLY_H
#include <stdbool.h>

struct tally {
  double n, sum, sum2;
};

void tally_add(struct tally *tally, double value);
/* |z| < 5.5 has a false alarm in 3e7, and seeds are fixed; `rounding` is
 * forgiven.  *mean and *error, its standard error, are for the report. */
bool tally_is_near(const struct tally *tally, double expected, double rounding,
                   double *mean, double *error);

#endif
