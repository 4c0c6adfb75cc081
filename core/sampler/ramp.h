/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A number that may change along a run: powers, strengths, noise.  It is a
 * function of progress s = (t_max - t)/(t_max - t_min), 0 at noise, 1 at data.
 */
#ifndef KAC_CORE_RAMP_H
#define KAC_CORE_RAMP_H
#include <stdbool.h>
#include <stddef.h>

enum ramp_shape { RAMP_LINEAR, RAMP_COSINE, RAMP_GEOMETRIC, RAMP_TABLE };
struct ramp {
  enum ramp_shape shape;
  double from, to; /* equal: constant */
  size_t n;        /* RAMP_TABLE: straight lines between the nodes */
  const double *at, *value;
};

struct ramp ramp_constant(double value);
bool ramp_is_constant(const struct ramp *ramp);
double ramp_at(const struct ramp *ramp, double progress);

#endif
