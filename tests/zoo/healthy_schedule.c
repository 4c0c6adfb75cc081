/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nothing is wrong with it. */
#include "schedule.h"
SCHEDULE(healthy_range, healthy_coeffs)
