/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the potentials of a run did and what they cost: lines of the end table,
 * warnings, and objects of run.json. */
#ifndef KAC_CORE_POTENTIALS_H
#define KAC_CORE_POTENTIALS_H
#include <stdio.h>

#include "output/json.h"
#include "sampler/engine.h"

/* Evaluations per particle of every potential that is a plugin. */
void potentials_print_cost(FILE *out, const struct spec *spec,
                           const struct run_result *result);
/* Share of the variance of the log-weight (sampler/shares.h), and how often a
 * potential acted. */
void potentials_print(FILE *out, const struct spec *spec,
                      const struct run_result *result);
/* Loudly, those that never acted. */
void potentials_warn(FILE *out, const struct spec *spec,
                     const struct run_result *result);
void potentials_json(struct json *json, const struct spec *spec,
                     const struct run_result *result);

#endif
