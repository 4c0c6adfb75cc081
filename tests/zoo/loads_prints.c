/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prints as it is loaded. */
#include "schedule.h"

__attribute__((constructor)) static void greet(void) {
  puts("thank you for using this schedule");
}
SCHEDULE(healthy_range, healthy_coeffs)
