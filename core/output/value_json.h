/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Settings with value, unit and origin as JSON. */
#ifndef KAC_CORE_VALUE_JSON_H
#define KAC_CORE_VALUE_JSON_H
#include "config/pipeline.h"
#include "output/json.h"

/* "path": { "value": ..., "unit": ..., "origin": ... } */
void value_json(struct json *json, const struct setting *setting);

#endif
