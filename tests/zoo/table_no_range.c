/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The range of its parameter holds one number. */
#include "schedule.h"

static const kac_param table[] = {
    KAC_REAL(struct config, unused, 0, 0, 0, "", "may only be zero")};
KAC_SCHEDULE_PLUGIN(ANIMAL, "of the zoo", struct config, table, healthy_range,
                    healthy_coeffs)
