/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Score, denoised mean, noise and velocity are one thing in four forms. */
#include "sampler/convert.h"

#include <kac/sdk.h>

uint64_t convert_choice(uint64_t provides) {
  const uint64_t order[] = {KAC_Q_SCORE, KAC_Q_X0, KAC_Q_EPS, KAC_Q_VELOCITY};
  for (size_t i = 0; i < sizeof order / sizeof *order; i++)
    if (provides & order[i]) return order[i];
  return 0;
}

/* score = to_x * x + to_value * value, row by row. */
static void combine(double to_x, double to_value, const double *x, size_t ld,
                    size_t n, size_t d, double *values) {
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < d; j++)
      values[i * d + j] = to_x * x[i * ld + j] + to_value * values[i * d + j];
}

bool convert_to_score(uint64_t from, const kac_coeffs *c, const double *x,
                      size_t ld, size_t n, size_t d, double *values) {
  if (from == KAC_Q_SCORE) return true;
  if (from == KAC_Q_VELOCITY) { /* dx/dt = f x - g2/2 s */
    if (!(c->g2 > 0)) return false;
    combine(2 * c->f / c->g2, -2 / c->g2, x, ld, n, d, values);
    return true;
  }
  if (!(c->sigma > 0)) return false;
  if (from == KAC_Q_X0) {
    double v = c->sigma * c->sigma;
    combine(-1 / v, c->alpha / v, x, ld, n, d, values);
    return true;
  }
  for (size_t k = 0; k < n * d; k++) values[k] *= -1 / c->sigma;
  return true;
}
