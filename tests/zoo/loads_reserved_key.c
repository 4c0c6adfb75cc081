/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A parameter has the name of a key of the host. */
#include "schedule.h"

static const kac_param table[] = {
    {"window", "", "not its own", KAC_T_REAL, 0, 0, 0, 0, 1, NULL}};
KAC_SCHEDULE_PLUGIN(ANIMAL, "of the zoo", struct config, table, healthy_range,
                    healthy_coeffs)
