/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Log-domain arithmetic with a max shift; methods.md section 5. */
#include "sampler/weights.h"

#include <kac/sdk.h>
#include <stdlib.h>

enum { LANES = 8 };

KAC_CLONES double weights_max(const double *logw, size_t n) {
  double lane[LANES], max = -KAC_INF;
  for (size_t j = 0; j < LANES; j++) lane[j] = -KAC_INF;
  size_t whole = n - n % LANES;
  for (size_t i = 0; i < whole; i += LANES)
    for (size_t j = 0; j < LANES; j++)
      lane[j] = logw[i + j] > lane[j] ? logw[i + j] : lane[j];
  for (size_t i = whole; i < n; i++) max = logw[i] > max ? logw[i] : max;
  for (size_t j = 0; j < LANES; j++) max = lane[j] > max ? lane[j] : max;
  return max;
}

static struct weights_sum add_lanes(const double *sum, const double *sum2) {
  struct weights_sum total = {0, 0};
  for (size_t j = 0; j < LANES; j++) {
    total.sum += sum[j];
    total.sum2 += sum2[j];
  }
  return total;
}

KAC_CLONES struct weights_sum weights_exp(const double *logw, size_t n,
                                          double max, double *w) {
  double sum[LANES] = {0}, sum2[LANES] = {0};
  if (max == -KAC_INF) {
    memset(w, 0, n * sizeof *w);
    return (struct weights_sum){0, 0};
  }
  for (size_t i = 0; i < n; i++) w[i] = kac_exp(logw[i] - max);
  size_t whole = n - n % LANES;
  for (size_t i = 0; i < whole; i += LANES)
    for (size_t j = 0; j < LANES; j++) {
      sum[j] += w[i + j];
      sum2[j] += w[i + j] * w[i + j];
    }
  for (size_t i = whole; i < n; i++) {
    sum[i - whole] += w[i];
    sum2[i - whole] += w[i] * w[i];
  }
  return add_lanes(sum, sum2);
}

double weights_log_mean(const struct weights_total *total, size_t n) {
  if (total->max == -KAC_INF) return -KAC_INF;
  return total->max + log(total->sum / (double)n);
}

double weights_ess(const struct weights_total *total, size_t n) {
  if (total->max == -KAC_INF) return 0;
  double ess = total->sum * total->sum / total->sum2;
  return ess < 1 ? 1 : ess > (double)n ? (double)n : ess;
}

void weights_combine(const double *log_z, size_t n, double *log_mean,
                     double *stderr_of_log) {
  double max = weights_max(log_z, n), mean = 0, square = 0;
  *log_mean = -KAC_INF;
  *stderr_of_log = KAC_NAN;
  if (max == -KAC_INF) return;
  for (size_t i = 0; i < n; i++) mean += exp(log_z[i] - max);
  mean /= (double)n; /* of equal values exactly 1, which n parts are not */
  for (size_t i = 0; i < n; i++) {
    double off = exp(log_z[i] - max) - mean;
    square += off * off;
  }
  *log_mean = max + log(mean);
  if (n > 1) *stderr_of_log = sqrt(square / (double)(n - 1) / (double)n) / mean;
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

double weights_median(const double *values, size_t n, double *scratch) {
  size_t known = 0;
  for (size_t i = 0; i < n; i++)
    if (!isnan(values[i])) scratch[known++] = values[i];
  n = known;
  if (n == 0) return KAC_NAN;
  qsort(scratch, n, sizeof *scratch, compare);
  if (n % 2 == 1) return scratch[n / 2];
  return 0.5 * (scratch[n / 2 - 1] + scratch[n / 2]);
}

void running_add(struct running_sum *total, double value) {
  double sum = total->sum + value;
  if (isfinite(sum)) {
    bool is_larger = fabs(total->sum) >= fabs(value);
    total->carry +=
        is_larger ? (total->sum - sum) + value : (value - sum) + total->sum;
  }
  total->sum = sum;
}

double running_value(const struct running_sum *total) {
  return total->sum + total->carry;
}
