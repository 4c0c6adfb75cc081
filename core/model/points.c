/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Points of one time: x = alpha x0 + sigma e with x0 from the data, or sqrt(V)
 * e with V = alpha^2 sigma_data^2 + sigma^2. */
#include "model/points.h"

#include <kac/sdk.h>
#include <stdlib.h>

#include "memory.h"

size_t points_times(const struct spec *spec, size_t times[POINTS_MAX_TIMES]) {
  size_t n = 0;
  for (size_t k = 0; k < POINTS_MAX_TIMES; k++) {
    double part = (double)k / (POINTS_MAX_TIMES - 1);
    size_t time = (size_t)(part * (double)spec->n_steps + 0.5);
    if (n == 0 || time > times[n - 1]) times[n++] = time;
  }
  return n;
}

void points_normal(const struct spec *spec, size_t time, uint32_t sub, size_t n,
                   double *out) {
  size_t d = spec->space.n_real;
  struct rng_key key = rng_key(spec->seed, USE_MODEL, sub);
  struct rng_address address = {0, 0, (uint32_t)time, 0};
  rng_normal(key, address, n, out, d, d);
  if (spec->space.flags & KAC_MEAN_FREE) call_project(&spec->space, n, out, d);
}

static double *rows_new(size_t n, size_t d) {
  size_t bytes;
  bool fits = memory_product(n, d, &bytes) &&
              memory_product(bytes, sizeof(double), &bytes);
  return fits ? memory_alloc(bytes) : NULL;
}

static bool allocate(struct points *points, size_t d, bool has_data) {
  points->x = rows_new(points->n, d);
  if (has_data) points->x0 = rows_new(points->n, d);
  if (has_data) points->linear = rows_new(points->n, d);
  return points->x && (!has_data || (points->x0 && points->linear));
}

/* Rows of the data from all over it, the same ones at every t. */
static void noise_data(struct points *points, const struct points_from *from) {
  size_t d = from->spec->space.n_real, n_data = from->data.n / d;
  for (size_t i = 0; i < points->n; i++) {
    size_t row = points->n <= n_data
                     ? (size_t)((double)i / (double)points->n * (double)n_data)
                     : i % n_data;
    double *x = points->x + i * d, *x0 = points->x0 + i * d;
    memcpy(x0, from->data.data + row * d, d * sizeof *x0);
    for (size_t k = 0; k < d; k++)
      x[k] = points->c.alpha * x0[k] + points->c.sigma * x[k];
  }
}

static bool fill(struct points *points, const struct points_from *from,
                 size_t time, struct fault *fault) {
  const kac_coeffs *c = &points->c;
  size_t d = from->spec->space.n_real;
  double s2 = points->sigma_data * points->sigma_data;
  double v = c->alpha * c->alpha * s2 + c->sigma * c->sigma;
  points->signal = c->alpha * c->alpha * s2 / v;
  points_normal(from->spec, time, 0, points->n, points->x);
  if (!points->x0) {
    for (size_t k = 0; k < points->n * d; k++) points->x[k] *= sqrt(v);
    return true;
  }
  noise_data(points, from);
  if (!(c->sigma > 0) || baseline_denoise(&from->baseline, c, points->x,
                                          points->n, points->linear))
    return true;
  fault_set(fault, EXIT_NUMERIC,
            "the data have no covariance that can be inverted at t = %g", c->t);
  return false;
}

bool points_new(struct points *points, const struct points_from *from,
                double sigma_data, size_t time, struct fault *fault) {
  const struct spec *spec = from->spec;
  bool has_data = from->data.n > 0;
  kac_error err = {.row = -1};
  *points = (struct points){
      .n = from->n,
      .sigma_data = has_data ? from->baseline.radius : sigma_data};
  kac_status status =
      path_coeffs(spec->schedule, spec->t[time], &points->c, &err);
  if (status != KAC_OK) {
    instance_fault(spec->schedule, fault, EXIT_NUMERIC, -1, -1, -1, err.msg);
    return false;
  }
  if (allocate(points, spec->space.n_real, has_data))
    return fill(points, from, time, fault);
  fault_set(fault, EXIT_RESOURCE, "no memory for %zu points", points->n);
  return false;
}

void points_free(struct points *points) {
  free(points->x);
  free(points->x0);
  free(points->linear);
  *points = (struct points){0};
}
