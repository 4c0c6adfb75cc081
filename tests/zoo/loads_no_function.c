/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Has no function to resample with. */
#include "resampler.h"
RESAMPLER(NULL)
