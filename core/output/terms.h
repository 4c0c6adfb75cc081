/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Weighted averages of what the result keeps per particle: log q of the score
 * models, log phi of the potentials. */
#ifndef KAC_CORE_TERMS_H
#define KAC_CORE_TERMS_H
#include "output/json.h"
#include "sampler/engine.h"

struct term_average {
  double mean, sd; /* under the weighted law; sd: of the values */
  double err;      /* of the mean, over replicates; NaN if there is one */
};
/* Column `offset` of rows of `stride` values.  Replicates count with their
 * Z-hat: the ratio of two unbiased estimates, error by the delta method. */
struct term_average terms_average(const struct run_result *result,
                                  const double *values, size_t stride,
                                  size_t offset);
void terms_print(FILE *out, const struct spec *spec,
                 const struct run_result *result);
void terms_json(struct json *json, const struct spec *spec,
                const struct run_result *result);

#endif
