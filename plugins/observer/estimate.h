/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Expectations under the target from all replicates of a frame, which the
 * observers share.  Row i of replicate r counts with Z_r W_i / sum Z, where W
 * are the normalised weights in the replicate and Z_r its estimate of the
 * normalising constant: numerator and denominator of
 *   E f = sum_r Z_r sum_i W_i f(x_i) / sum_r Z_r
 * are both unbiased at any number of particles (docs/methods.md section 5),
 * which is not true of an average of the replicates' own means.  Its standard
 * error by the delta method, with p_r = Z_r / sum Z and t_r replicate r's part
 * of the numerator:  sqrt(R/(R-1) sum_r (t_r - p_r E f)^2);  NaN for R = 1. */
#ifndef KAC_PLUGINS_OBSERVER_ESTIMATE_H
#define KAC_PLUGINS_OBSERVER_ESTIMATE_H
#include <kac/sdk.h>

struct estimate {
  size_t n_particles, n_replicates, n_real;
  int is_extinct;
  double *weight;     /* per row; sums to 1 */
  double *share;      /* per replicate: p_r */
  double *part;       /* n_replicates by n_real: t_r */
  double *mean, *var; /* n_real each */
  double *mean_err, *var_err;
};

/* In plan: what estimate_create takes where a row has `width` numbers. */
KAC_INLINE void estimate_owns(kac_plan *plan, size_t width) {
  size_t n_replicates = plan->n_replicates;
  kac_owns(plan, plan->n_particles * n_replicates, sizeof(double));
  kac_owns(plan, n_replicates, sizeof(double));
  kac_owns(plan, width, (n_replicates + 4) * sizeof(double));
}

__attribute__((unused)) static kac_status estimate_create(struct estimate *to,
                                                          const kac_host *host,
                                                          const kac_plan *plan,
                                                          kac_error *err) {
  size_t d = plan->space->n_real, n_replicates = plan->n_replicates;
  size_t rows = plan->n_particles * n_replicates;
  size_t columns = rows + n_replicates + n_replicates * d + 4 * d;
  double *at = host->alloc(host, columns * sizeof *at);
  if (!at)
    return kac_fail(err, KAC_ENOMEM, "no memory for %zu numbers", columns);
  *to = (struct estimate){.n_particles = plan->n_particles,
                          .n_replicates = n_replicates,
                          .n_real = d};
  to->weight = at;
  to->share = to->weight + rows;
  to->part = to->share + n_replicates;
  to->mean = to->part + n_replicates * d;
  to->var = to->mean + d;
  to->mean_err = to->var + d;
  to->var_err = to->mean_err + d;
  return KAC_OK;
}

/* Weights of one replicate that add up to its share. */
static void estimate_replicate(double *weight, const double *logw, size_t n,
                               double share) {
  double max = -KAC_INF, sum = 0;
  for (size_t i = 0; i < n; i++) max = logw[i] > max ? logw[i] : max;
  for (size_t i = 0; i < n; i++) {
    weight[i] = share > 0 ? kac_exp(logw[i] - max) : 0;
    sum += weight[i];
  }
  for (size_t i = 0; i < n && sum > 0; i++) weight[i] *= share / sum;
}

/* Fills weight and share; when every replicate is extinct all estimates are
 * NaN until the next frame. */
__attribute__((unused)) static kac_status estimate_weights(
    struct estimate *to, const kac_frame *frame, kac_error *err) {
  size_t n = to->n_particles, n_replicates = to->n_replicates;
  if (frame->n_particles != n || frame->n_replicates != n_replicates)
    return kac_fail(err, KAC_EINVAL,
                    "the frame has %zu particles and %zu replicates, expected "
                    "%zu and %zu",
                    frame->n_particles, frame->n_replicates, n, n_replicates);
  double log_sum = kac_logsumexp(frame->log_z, n_replicates);
  to->is_extinct = log_sum == -KAC_INF;
  if (!isfinite(log_sum) && !to->is_extinct)
    return kac_fail(err, KAC_ENUMERIC,
                    "log Z over all replicates is %g, expected a number",
                    log_sum);
  for (size_t r = 0; r < n_replicates; r++) {
    to->share[r] = to->is_extinct ? 0 : kac_exp(frame->log_z[r] - log_sum);
    estimate_replicate(to->weight + r * n, frame->logw + r * n, n,
                       to->share[r]);
  }
  return KAC_OK;
}

/* E f and its error from the parts t_r at part[r * stride]. */
__attribute__((unused)) static double estimate_ratio(const struct estimate *of,
                                                     const double *part,
                                                     size_t stride,
                                                     double *error) {
  size_t n = of->n_replicates;
  double sum = of->is_extinct ? KAC_NAN : 0, squares = 0;
  for (size_t r = 0; r < n; r++) sum += part[r * stride];
  for (size_t r = 0; r < n; r++) {
    double rest = part[r * stride] - of->share[r] * sum;
    squares += rest * rest;
  }
  *error = n > 1 ? sqrt(squares * (double)n / (double)(n - 1)) : KAC_NAN;
  return sum;
}

/* part = sums over each replicate of weight * x, or * (x - center)^2. */
static void estimate_parts(struct estimate *of, const kac_crows *x,
                           const double *center) {
  size_t d = of->n_real;
  memset(of->part, 0, of->n_replicates * d * sizeof *of->part);
  for (size_t i = 0; i < of->n_particles * of->n_replicates; i++) {
    if (!(of->weight[i] > 0)) continue; /* such a row may hold anything */
    double *part = of->part + i / of->n_particles * d;
    const double *row = kac_row(x, i);
    for (size_t k = 0; k < d; k++) {
      double f = center ? (row[k] - center[k]) * (row[k] - center[k]) : row[k];
      part[k] += of->weight[i] * f;
    }
  }
}

/* Mean and variance of every coordinate with their errors; the weights first.
 * Around the mean, the variance's error does not see the mean's. */
__attribute__((unused)) static void estimate_moments(struct estimate *of,
                                                     const kac_crows *x) {
  estimate_parts(of, x, NULL);
  for (size_t k = 0; k < of->n_real; k++)
    of->mean[k] =
        estimate_ratio(of, of->part + k, of->n_real, &of->mean_err[k]);
  estimate_parts(of, x, of->mean);
  for (size_t k = 0; k < of->n_real; k++)
    of->var[k] = estimate_ratio(of, of->part + k, of->n_real, &of->var_err[k]);
}

#endif
