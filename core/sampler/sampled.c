/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See sampled.h.  lambda stands inside the exponential: with the posterior's
 * own variance the mean of exp(lambda phi) then is an unbiased estimate of the
 * optimal twist E[exp(lambda phi(x_0)) | x_t] of Gaussian data.  The value is
 * random, but it is drawn once and kept with its particle, so that any K, even
 * 1, leaves the final weights exact. */
#include "sampler/sampled.h"

#include <kac/sdk.h>

/* Work space of n rows. */
struct work {
  double *value, *top, *sum; /* n: of the draw in hand; running, as in logs */
  double *point;             /* n by d */
};

size_t sampled_scratch(const struct spec *spec, size_t n) {
  bool is_needed = false;
  for (size_t j = 0; j < spec->n_potentials; j++)
    is_needed = is_needed || spec->potentials[j].samples > 0;
  return is_needed ? n * (spec->space.n_real + 3) : n;
}

static struct work work_space(const struct site *site) {
  double *at = site->worker->twist_scratch;
  size_t n = site->n;
  return (struct work){at, at + n, at + 2 * n, at + 3 * n};
}

/* Of x_0 given x_t, where the data are N(mean, sigma_data^2 I). */
double sampled_spread(const struct spec_potential *potential,
                      const kac_coeffs *c) {
  double s2 = potential->sigma_data * potential->sigma_data;
  double noise = c->sigma * c->sigma;
  if (potential->spread > 0) return potential->spread;
  return noise > 0 ? sqrt(noise * s2 / (c->alpha * c->alpha * s2 + noise)) : 0;
}

static void draw(const struct site *site, uint32_t k, double spread,
                 const double *x0hat, double *point) {
  size_t d = site->worker->spec->space.n_real;
  call_normal(site, USE_REWARD, k, point, d, d);
  for (size_t i = 0; i < site->n * d; i++)
    point[i] = x0hat[i] + spread * point[i];
}

/* One more draw: a sum of exponentials with a running maximum; of a strength
 * of zero, the sum itself. */
static void add(const struct work *w, size_t n, double lambda) {
  for (size_t i = 0; i < n; i++) {
    double a = lambda * w->value[i];
    if (lambda == 0) {
      w->sum[i] += w->value[i];
    } else if (a > w->top[i]) {
      w->sum[i] = w->sum[i] * kac_exp(w->top[i] - a) + 1;
      w->top[i] = a;
    } else if (a > -KAC_INF) {
      w->sum[i] += kac_exp(a - w->top[i]);
    }
  }
}

static void finish(const struct work *w, size_t n, double lambda,
                   double n_draws) {
  for (size_t i = 0; i < n; i++)
    w->value[i] = lambda == 0 ? w->sum[i] / n_draws
                  : w->sum[i] > 0
                      ? (w->top[i] + kac_log(w->sum[i] / n_draws)) / lambda
                      : -KAC_INF;
}

bool sampled_value(const struct site *site, size_t j,
                   const struct path_point *at, const double *x0hat,
                   double **value) {
  const struct spec *spec = site->worker->spec;
  const struct spec_potential *potential = &spec->potentials[j];
  double lambda = at->strength[j];
  double spread = sampled_spread(potential, &at->c);
  struct work w = work_space(site);
  struct site trial = *site;
  trial.pstate = NULL;
  trial.sub += (uint32_t)j; /* neither potentials nor children share draws */
  for (size_t i = 0; i < site->n; i++) {
    w.top[i] = -KAC_INF;
    w.sum[i] = 0;
  }
  for (uint32_t k = 0; k < (uint32_t)potential->samples; k++) {
    draw(&trial, k, spread, x0hat, w.point);
    if (!call_phi(&trial, potential->instance, KAC_TRIAL, at->c.t, w.point,
                  w.value))
      return false;
    add(&w, site->n, lambda);
  }
  finish(&w, site->n, lambda, (double)potential->samples);
  *value = w.value;
  return true;
}
