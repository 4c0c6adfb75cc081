/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the numbers of a study mean. */
#ifndef KAC_CORE_VERDICT_H
#define KAC_CORE_VERDICT_H
#include "model/study.h"

/* Errors for what is clearly wrong, warnings for what may be. */
void verdict_give(const struct study *study, const struct points_from *from,
                  struct diag *diag);

#endif
