/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Says nothing of itself. */
#include "score.h"

static const kac_score_ops ops = {.struct_size = sizeof ops,
                                  .eval = healthy_eval};
static const kac_component component = {
    KAC_COMPONENT(KAC_SCORE, ANIMAL, "", struct config, params, kac_score_ops,
                  ops),
    .provides = ALL_FORMS};
KAC_MODULE(component)
