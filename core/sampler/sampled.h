/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The value of a reward at a noised state, from K draws of what the data may
 * be there instead of their mean alone: docs/methods.md section 4. */
#ifndef KAC_CORE_SAMPLED_H
#define KAC_CORE_SAMPLED_H
#include "sampler/path.h"

/* Doubles of worker->twist_scratch for n rows. */
size_t sampled_scratch(const struct spec *spec, size_t n);
/* Standard deviation per coordinate of the draws of potential j. */
double sampled_spread(const struct spec_potential *potential,
                      const kac_coeffs *c);
/* value = (1/lambda) log (1/K) sum_k exp(lambda phi(x0hat + s z_k)), and the
 * plain mean of phi for lambda = 0.  value is the first n doubles of the
 * worker's twist_scratch. */
bool sampled_value(const struct site *site, size_t j,
                   const struct path_point *at, const double *x0hat,
                   double **value);

#endif
