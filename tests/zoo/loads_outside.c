/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A parameter lies outside of the config struct. */
#include "score.h"

static const kac_param table[] = {
    {"width", "", "width of the data", KAC_T_REAL, 0, 8, 1, 0.1, 10, NULL}};
KAC_SCORE_PLUGIN(ANIMAL, "of the zoo", struct config, table, ALL_FORMS,
                 healthy_eval)
