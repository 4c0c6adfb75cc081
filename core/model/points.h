/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a model is looked at: some times of a run's grid and points x_t at
 * each, drawn from data that was noised, or from the Gaussian of their width.
 * docs/check-model.md says which and why. */
#ifndef KAC_CORE_POINTS_H
#define KAC_CORE_POINTS_H
#include "model/baseline.h"
#include "model/probe.h"

enum { POINTS_MAX_TIMES = 8 };

/* What to look at, for all models of a pipeline. */
struct points_from {
  const struct spec *spec;
  size_t n;                 /* points at each t */
  kac_array data;           /* rows of n_real; n = 0: none */
  struct baseline baseline; /* of the data */
};

struct points {
  kac_coeffs c;
  double sigma_data; /* rms radius of the data per coordinate */
  double signal;     /* part of the data in the variance of x */
  size_t n;
  double *x; /* n by n_real */
  double *x0,
      *linear; /* of data: the data, and the baseline's guess; or NULL */
};

/* Indices into spec->t, from the noisy end; at most POINTS_MAX_TIMES. */
size_t points_times(const struct spec *spec, size_t times[POINTS_MAX_TIMES]);
/* Points at spec->t[time].  False with a fault; free them in any case. */
bool points_new(struct points *points, const struct points_from *from,
                double sigma_data, size_t time, struct fault *fault);
void points_free(struct points *points);
/* `sub` tells apart what is drawn: n rows of standard normals, projected if the
 * space is mean free. */
void points_normal(const struct spec *spec, size_t time, uint32_t sub, size_t n,
                   double *out);

#endif
