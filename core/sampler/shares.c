/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See shares.h.  Two passes over the rows in their order. */
#include "sampler/shares.h"

#include <kac/sdk.h>

#include "sampler/twist.h"

static const double *numbers(const struct run *run, size_t row) {
  return run->population.twist + row * run->population.n_twist;
}

static bool is_alive(const struct run *run, size_t row) {
  return run->population.logw[row] > -KAC_INF;
}

/* c_j of a row; L for j = n_potentials. */
static double value(const struct run *run, size_t j, size_t row) {
  return j == run->spec->n_potentials
             ? twist_total(run->spec, numbers(run, row))
             : twist_given(run->spec, j, numbers(run, row));
}

/* From the first row on, so that the mean of equal numbers is that number. */
static double mean(const struct run *run, size_t j) {
  double first = 0, sum = 0, n = 0;
  for (size_t i = 0; i < run->population.n_rows; i++) {
    if (!is_alive(run, i)) continue;
    if (n == 0) first = value(run, j, i);
    sum += value(run, j, i) - first;
    n++;
  }
  return n > 0 ? first + sum / n : 0;
}

/* Sum of (c_j - its mean)(L - its mean). */
static double product(const struct run *run, size_t j, double total_mean) {
  size_t all = run->spec->n_potentials;
  double sum = 0, own_mean = j == all ? total_mean : mean(run, j);
  for (size_t i = 0; i < run->population.n_rows; i++)
    if (is_alive(run, i))
      sum += (value(run, j, i) - own_mean) * (value(run, all, i) - total_mean);
  return sum;
}

void shares_measure(const struct run *run, double *share, double *rest) {
  const struct spec *spec = run->spec;
  size_t all = spec->n_potentials;
  double total_mean = 0, variance = 0;
  if (run->population.n_twist > 0) {
    total_mean = mean(run, all);
    variance = product(run, all, total_mean);
    double rounding = 1e-12 * (1 + fabs(total_mean)); /* of one row, and more */
    if (variance < rounding * rounding * (double)run->population.n_rows)
      variance = 0;
  }
  *rest = variance > 0 ? 1 : KAC_NAN;
  for (size_t j = 0; j < all; j++) {
    share[j] = KAC_NAN;
    double part = variance > 0 ? product(run, j, total_mean) : KAC_NAN;
    if (isnan(part)) continue; /* it weighs within ratios of densities */
    share[j] = part / variance;
    *rest -= share[j];
  }
}
