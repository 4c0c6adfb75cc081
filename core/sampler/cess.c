/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See cess.h.  Everything is in logs, with a shift by the maximum. */
#include "sampler/cess.h"

#include <kac/sdk.h>

/* log sum_i exp(a_i + k b_i) over the rows with a_i > -inf. */
static double log_sum(const double *a, const double *b, double k, size_t n) {
  double max = -KAC_INF, sum = 0;
  for (size_t i = 0; i < n; i++)
    if (a[i] > -KAC_INF && a[i] + k * b[i] > max) max = a[i] + k * b[i];
  if (max == -KAC_INF) return max;
  for (size_t i = 0; i < n; i++)
    if (a[i] > -KAC_INF) sum += kac_exp(a[i] + k * b[i] - max);
  return max + log(sum);
}

static double log_add(double a, double b) {
  double high = a > b ? a : b, low = a > b ? b : a;
  return high == -KAC_INF ? high : high + log1p(exp(low - high));
}

struct cess_sums cess_sums(const double *logw, const double *log_v, size_t n) {
  return (struct cess_sums){kac_logsumexp(logw, n), log_sum(logw, log_v, 1, n),
                            log_sum(logw, log_v, 2, n)};
}

double cess_value(const struct cess_sums *chunk, size_t n_chunks, size_t n) {
  struct cess_sums all = {-KAC_INF, -KAC_INF, -KAC_INF};
  for (size_t k = 0; k < n_chunks; k++) {
    all.w = log_add(all.w, chunk[k].w);
    all.wv = log_add(all.wv, chunk[k].wv);
    all.wv2 = log_add(all.wv2, chunk[k].wv2);
  }
  if (all.wv == -KAC_INF) return 0;
  double part = exp(2 * all.wv - all.w - all.wv2);
  return (double)n * (part < 1 ? part : 1);
}
