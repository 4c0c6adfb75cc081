/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The best linear denoiser of a set of data, that of a Gaussian with its mean m
 * and covariance C: m + alpha C (alpha^2 C + sigma^2)^-1 (x - alpha m). */
#ifndef KAC_CORE_BASELINE_H
#define KAC_CORE_BASELINE_H
#include <kac/plugin.h>
#include <stdbool.h>

enum { BASELINE_MAX_FULL = 1024 }; /* above it, C is taken as diagonal */
struct baseline {
  size_t d;
  double *mean;
  double *covariance; /* d by d, or d numbers; of n rows, over n */
  double *work;
  bool is_full;
  double radius; /* rms per coordinate, about 0 */
  double spread; /* the same about the mean */
};

/* False without memory; free it in any case. */
bool baseline_new(struct baseline *baseline, const double *data, size_t n,
                  size_t d);
void baseline_free(struct baseline *baseline);
/* x, x0: n by d; sigma > 0.  False if the matrix is no covariance. */
bool baseline_denoise(const struct baseline *baseline, const kac_coeffs *c,
                      const double *x, size_t n, double *x0);

#endif
