/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The step h of the moves at fixed t: `step`, or `step` sigma(t)^2, which keeps
 * a move in proportion to the noise level and is nothing at sigma = 0. */
#ifndef KAC_PLUGINS_STEP_SIZE_H
#define KAC_PLUGINS_STEP_SIZE_H
#include <kac/sdk.h>

struct step_size {
  double step;
  int64_t scale;
};
enum { SCALE_CONSTANT, SCALE_SIGMA2 };

/* The rows of a config T whose member `size` is a struct step_size. */
#define STEP_SIZE_PARAMS(T)                                                   \
  {"step",                                                                    \
   "",                                                                        \
   "step h of the move, or h/sigma(t)^2 with scale = \"sigma2\"",             \
   KAC_T_REAL,                                                                \
   KAC_P_OPEN_MIN,                                                            \
   KAC_AT(T, size.step, double),                                              \
   0.01,                                                                      \
   0,                                                                         \
   1e6,                                                                       \
   NULL},                                                                     \
  {                                                                           \
    "scale", "", "what step is multiplied by: 1 or sigma(t)^2", KAC_T_CHOICE, \
        0, KAC_AT(T, size.scale, int64_t), SCALE_CONSTANT, 0, 0,              \
        "constant|sigma2"                                                     \
  }

/* For plan(): is there a step to the end of the grid? */
static kac_status step_size_plan(const struct step_size *size,
                                 const kac_plan *plan, kac_error *err) {
  const kac_coeffs *last = plan->last;
  if (size->scale != SCALE_SIGMA2 || !last || last->sigma > 0) return KAC_OK;
  return kac_fail(err, KAC_EINVAL,
                  "scale = \"sigma2\" makes the step 0 at t = %g, where "
                  "sigma is %g: end above it (t_min of time), let window "
                  "end before, or set scale = \"constant\"",
                  last->t, last->sigma);
}

/* h at one time. */
static kac_status step_size_at(const struct step_size *size,
                               const kac_coeffs *c, double *h, kac_error *err) {
  *h = size->scale == SCALE_SIGMA2 ? size->step * c->sigma * c->sigma
                                   : size->step;
  if (*h > 0) return KAC_OK;
  return kac_fail(err, KAC_EINVAL,
                  "the step is %g at t = %g, where sigma is %g: expected > 0",
                  *h, c->t, c->sigma);
}

#endif
