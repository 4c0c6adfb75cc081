/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Log-weights of one population: normalisation, ESS, and log Z with its error
 * over replicates.  Sums run in a fixed order: chunks of rows, eight lanes. */
#ifndef KAC_CORE_WEIGHTS_H
#define KAC_CORE_WEIGHTS_H
#include <stdbool.h>
#include <stddef.h>

enum { WEIGHTS_CHUNK = 2048 }; /* rows of one partial sum */
struct weights_sum {
  double sum, sum2; /* of w and w^2 */
};
struct weights_total {
  double max, sum, sum2;
};

/* max of n log-weights: -inf for none; a NaN may or may not be seen. */
double weights_max(const double *logw, size_t n);
/* w = exp(logw - max), with 0 where max is -inf; n <= WEIGHTS_CHUNK. */
struct weights_sum weights_exp(const double *logw, size_t n, double max,
                               double *w);
/* log((1/n) sum exp(logw)); -inf if all are. */
double weights_log_mean(const struct weights_total *total, size_t n);
/* (sum w)^2 / sum w^2, held inside [1, n]; 0 if extinct. */
double weights_ess(const struct weights_total *total, size_t n);

/* Over replicates: log of the mean of exp(log_z), extinct ones counting as 0,
 * and its standard error by the delta method (NaN for n = 1). */
void weights_combine(const double *log_z, size_t n, double *log_mean,
                     double *stderr_of_log);
/* Of the values that are not NaN; NaN if there is none.  scratch may
 * be values. */
double weights_median(const double *values, size_t n, double *scratch);

/* A running sum with Neumaier's compensation. */
struct running_sum {
  double sum, carry;
};
void running_add(struct running_sum *total, double value);
double running_value(const struct running_sum *total);

#endif
