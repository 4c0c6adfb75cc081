/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Studies as a table for people, or as JSON. */
#ifndef KAC_CORE_MODEL_REPORT_H
#define KAC_CORE_MODEL_REPORT_H
#include <stdio.h>

#include "model/study.h"
#include "output/json.h"

void model_report_text(FILE *out, const struct study *study,
                       const struct points_from *from);
/* One object, an item of the array in hand. */
void model_report_json(struct json *json, const struct study *study,
                       const struct points_from *from);

#endif
