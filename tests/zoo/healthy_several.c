/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nothing is wrong with it. */
#include "several.h"
SEVERAL(healthy_sample, healthy_group)
