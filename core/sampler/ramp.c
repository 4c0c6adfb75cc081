/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A number that may change along a run: see ramp.h. */
#include "sampler/ramp.h"

#include <math.h>

struct ramp ramp_constant(double value) {
  struct ramp ramp = {.shape = RAMP_LINEAR, .from = value, .to = value};
  return ramp;
}

bool ramp_is_constant(const struct ramp *ramp) {
  if (ramp->shape != RAMP_TABLE)
    return !(ramp->from < ramp->to) && !(ramp->from > ramp->to);
  for (size_t i = 1; i < ramp->n; i++)
    if (ramp->value[i] < ramp->value[0] || ramp->value[i] > ramp->value[0])
      return false;
  return true;
}

/* Constant before the first node and behind the last one. */
static double table_at(const struct ramp *ramp, double s) {
  size_t low = 0, high = ramp->n - 1;
  if (s <= ramp->at[low]) return ramp->value[low];
  if (s >= ramp->at[high]) return ramp->value[high];
  while (high - low > 1) {
    size_t middle = low + (high - low) / 2;
    if (ramp->at[middle] <= s)
      low = middle;
    else
      high = middle;
  }
  double w = (s - ramp->at[low]) / (ramp->at[high] - ramp->at[low]);
  return ramp->value[low] * (1 - w) + ramp->value[high] * w;
}

/* Both ends are returned as they were given, not as they would be rounded. */
double ramp_at(const struct ramp *ramp, double progress) {
  const double pi = 3.14159265358979323846;
  double s = progress > 0 ? progress : 0;
  double from = ramp->from, to = ramp->to;
  if (ramp->shape == RAMP_TABLE) return table_at(ramp, s);
  if (s <= 0 || ramp_is_constant(ramp)) return from;
  if (s >= 1) return to;
  if (ramp->shape == RAMP_GEOMETRIC) /* to / from could overflow */
    return copysign(pow(fabs(from), 1 - s) * pow(fabs(to), s), from);
  double w = ramp->shape == RAMP_COSINE ? (1 - cos(pi * s)) / 2 : s;
  return from * (1 - w) + to * w;
}
