/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shows a table of numbers to all other libraries. */
#include "resampler.h"

extern const double golden_ratio[2];
const double golden_ratio[2] = {1.618033988749895, 0.618033988749895};

RESAMPLER(healthy_resample)
