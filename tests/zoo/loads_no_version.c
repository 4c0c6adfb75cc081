/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Has no version: a reader of run.json cannot tell which of them was used. */
#include "score.h"

static const kac_score_ops ops = {.struct_size = sizeof ops,
                                  .eval = healthy_eval};
static const kac_component component = {.struct_size = sizeof component,
                                        .kind = KAC_SCORE,
                                        .name = ANIMAL,
                                        .version = "",
                                        .summary = "of the zoo",
                                        .provides = ALL_FORMS,
                                        .spans = KAC_SPAN_REAL,
                                        .config_size = sizeof(struct config),
                                        .params = params,
                                        .n_params = 1,
                                        .param_size = sizeof(kac_param),
                                        .ops = &ops};
KAC_MODULE(component)
