/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See deaths.h. */
#include "sampler/deaths.h"

#include <kac/sdk.h>

#include "sampler/combine.h"
#include "sampler/sampled.h"

bool deaths_remembers(const struct instance *potential) {
  const struct combine *combine = combine_of(potential);
  if (potential->component->needs & KAC_Q_PREV) return true;
  if (potential->plan.pstate_bytes > 0) return true;
  for (size_t k = 0; combine && k < combine->n; k++)
    if (deaths_remembers(combine->child[k])) return true;
  return false;
}

void deaths_ask(const struct site *site, size_t j, size_t n, const double *rows,
                double *phi) {
  struct worker *worker = site->worker;
  const struct spec *spec = worker->spec;
  struct site question = *site;
  question.n = n;
  question.pstate = NULL;
  question.is_uncounted = true;
  if (call_phi(&question, spec->potentials[j].instance, KAC_TRIAL | KAC_FINAL,
               spec->t[spec->n_steps], rows, phi))
    return;
  worker->fault.code = 0; /* there was none before: the run is as it was */
  for (size_t i = 0; i < n; i++) phi[i] = -KAC_INF;
}

/* Without noise the end is where the point leads, and no draw. */
static bool is_noisy(const struct spec *spec, double progress) {
  for (size_t i = 0; i < spec->n_integrators; i++)
    if (ramp_at(&spec->integrators[i].noise, progress) > 0) return true;
  return false;
}

/* x0hat of N(0, s^2) data is this times x. */
static double shrinkage(const kac_coeffs *c, double s) {
  double signal = c->alpha * s * s;
  return signal / (c->alpha * signal + c->sigma * c->sigma);
}

bool deaths_draw(const struct site *site, size_t j, const struct path_point *at,
                 const double *points, double *rows) {
  const struct spec *spec = site->worker->spec;
  struct spec_potential like = spec->potentials[j];
  size_t d = spec->space.n_real;
  if (!(like.sigma_data > 0)) like.sigma_data = spec->sigma_data;
  double width = sampled_spread(&like, &at->c);
  if (!(width > 0) || !is_noisy(spec, at->progress)) return false;
  if (!like.at_x0hat && !(like.sigma_data > 0)) return false;
  double scale = like.at_x0hat ? 1 : shrinkage(&at->c, like.sigma_data);
  struct site question = *site;
  question.sub += (uint32_t)j;
  /* A number that no draw of `samples` has: the run's own stay as they are. */
  call_normal(&question, USE_REWARD, UINT32_MAX, rows, d, d);
  for (size_t i = 0; i < site->n * d; i++)
    rows[i] = scale * points[i] + width * rows[i];
  return true;
}
