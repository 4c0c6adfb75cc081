/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parameterisations of a score model: which one to ask for, and the score from
 * it.  docs/methods.md section 1. */
#ifndef KAC_CORE_CONVERT_H
#define KAC_CORE_CONVERT_H
#include <kac/plugin.h>
#include <stdbool.h>

/* The bit to ask a model for that provides `provides`; 0 if it has none. */
uint64_t convert_choice(uint64_t provides);
/* In place: `values` (n by d, dense) given as `from` become the score.  False
 * where it is not defined (sigma = 0, or g2 = 0 for a velocity). [worker] */
bool convert_to_score(uint64_t from, const kac_coeffs *c, const double *x,
                      size_t ld, size_t n, size_t d, double *values);

#endif
