/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers that say how far a model is from what it should be, at the points of
 * one time.  All are relative and 0 at best; NaN where they do not apply.
 * Formulas: docs/check-model.md. */
#ifndef KAC_CORE_MEASURE_H
#define KAC_CORE_MEASURE_H
#include "model/points.h"

enum { MEASURE_FORMS = 3, MEASURE_ROWS = 32 };
struct measure {
  double t, alpha, sigma, signal;
  /* With data |x0hat - x0|^2 over the same of the best linear denoiser; else
   * |score - score of the Gaussian| over |score of the Gaussian|. */
  double fit;
  double error;     /* mean of |x0hat - x0|^2 per coordinate, or, without data,
                     * of |x0hat - that of the Gaussian|^2: not relative */
  double asymmetry; /* part of the Jacobian that no gradient has: 0 to 1 */
  double logp;      /* score against differences of log q */
  double vjp;       /* the product against differences of x0hat */
  double form[MEASURE_FORMS]; /* the score from other forms: measure_forms */
};
struct measure_form {
  uint64_t bit;
  const char *name;
};
extern const struct measure_form measure_forms[MEASURE_FORMS];

/* Fit and error alone.  False with the probe's fault or without memory. */
bool measure_fit(struct probe *probe, const struct points *points,
                 struct measure *measure);
/* All of it; `time` is the index of the points' t. */
bool measure_all(struct probe *probe, const struct points *points, size_t time,
                 struct measure *measure);

#endif
