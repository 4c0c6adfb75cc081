/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inline helpers that the resamplers share: sums that stay right at 1e7
 * weights, ancestors from where offspring begin, and the mean partition. */
#ifndef KAC_PLUGINS_RESAMPLER_WEIGHTS_H
#define KAC_PLUGINS_RESAMPLER_WEIGHTS_H
#include <kac/sdk.h>

enum { LANES = 8 };

/* A sum with the rounding error of every addition kept (Knuth's two-sum). */
struct running {
  double sum, error;
};

KAC_INLINE void running_add(struct running *to, double x) {
  double sum = to->sum + x, part = sum - to->sum;
  to->error += (to->sum - (sum - part)) + (x - part);
  to->sum = sum;
}

KAC_INLINE double running_total(const struct running *of) {
  return of->sum + of->error;
}

KAC_CLONES
static double weights_total(const double *w, size_t n) {
  struct running all = {0};
  double sum[LANES] = {0}, error[LANES] = {0};
  size_t whole = n - n % LANES;
  for (size_t i = 0; i < whole; i += LANES)
    for (size_t k = 0; k < LANES; k++) {
      struct running lane = {sum[k], error[k]};
      running_add(&lane, w[i + k]);
      sum[k] = lane.sum;
      error[k] = lane.error;
    }
  for (size_t k = 0; k < LANES; k++) {
    running_add(&all, sum[k]);
    running_add(&all, error[k]);
  }
  for (size_t i = whole; i < n; i++) running_add(&all, w[i]);
  return running_total(&all);
}

/* The sum of the weights in *total, with an error unless it is usable. */
__attribute__((unused)) static kac_status weights_check(
    const kac_resample_io *io, double *total, kac_error *err) {
  if (io->n_in == 0 || io->n_in > INT32_MAX || io->n_out > INT32_MAX)
    return kac_fail(err, KAC_EINVAL,
                    "%zu particles in and %zu out, expected "
                    "at least 1 in and less than 2^31",
                    io->n_in, io->n_out);
  *total = weights_total(io->w, io->n_in);
  if (!(*total > 0) || !isfinite(*total))
    return kac_fail(err, KAC_ENUMERIC, "the weights sum to %g, expected 1",
                    *total);
  return KAC_OK;
}

/* The last index with a positive weight; there must be one. */
KAC_INLINE size_t weights_last(const double *w, size_t n) {
  size_t last = n - 1;
  while (last > 0 && !(w[last] > 0)) last--;
  return last;
}

/* Ancestors by marks: ancestor starts at zero, each index is written where its
 * offspring begin (an index without offspring is overwritten by the next), and
 * this carries the marks forward.  No branch depends on the weights. */
__attribute__((unused)) static void fill_forward(uint32_t *ancestor, size_t n) {
  uint32_t now = 0;
  for (size_t k = 0; k < n; k++) {
    now = ancestor[k] > now ? ancestor[k] : now;
    ancestor[k] = now;
  }
}

/* Rows of weight below the mean first, each part in its old order: w[] in that
 * order in sorted, the rows in order. */
__attribute__((unused)) static void mean_partition(const double *w, size_t n,
                                                   double total, double *sorted,
                                                   uint32_t *order) {
  double mean = total / (double)n;
  size_t n_low = 0, low = 0;
  for (size_t i = 0; i < n; i++) n_low += w[i] < mean;
  size_t high = n_low;
  for (size_t i = 0; i < n; i++) {
    size_t is_low = w[i] < mean, to = is_low ? low : high;
    sorted[to] = w[i];
    order[to] = (uint32_t)i;
    low += is_low;
    high += 1 - is_low;
  }
}

#endif
