/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What of a path depends on time alone: the schedule's coefficients, powers and
 * strengths, and the log-weight of their change.  The field is in path.c. */
#include <kac/sdk.h>

#include "plugin/crash.h"
#include "sampler/group.h"
#include "sampler/path.h"
#include "sampler/run.h"

bool path_in_densities(const struct spec *spec, size_t j) {
  return spec->potentials[j].mode == MODE_RATE &&
         spec->weights == WEIGHTS_DENSITY && run_advances(spec);
}

bool path_has_part(const struct spec *spec, size_t j) {
  enum potential_mode mode = spec->potentials[j].mode;
  bool is_rate = mode == MODE_RATE && spec->weights != WEIGHTS_OFF;
  return mode == MODE_INTEGRAL || (is_rate && !path_in_densities(spec, j));
}

void path_init(struct path *path, const struct spec *spec) {
  *path = (struct path){.spec = spec};
  for (size_t i = 0; i < spec->n_terms; i++) {
    bool is_fixed = ramp_is_constant(&spec->terms[i].power);
    path->slot_of_term[i] = is_fixed ? -1 : (int)path->n_slots++;
  }
  for (size_t j = 0; j < spec->n_potentials; j++) {
    const struct spec_potential *potential = &spec->potentials[j];
    bool is_rate = potential->mode == MODE_RATE;
    bool has_part = path_has_part(spec, j); /* which begins with lambda phi */
    bool is_kept =
        has_part || (is_rate && !ramp_is_constant(&potential->strength));
    path->has_rate = path->has_rate || is_rate;
    path->slot_of_potential[j] = is_kept ? (int)path->n_slots++ : -1;
    path->slot_of_part[j] = has_part && is_rate ? (int)path->n_slots++ : -1;
  }
  group_find(path);
}

kac_status path_coeffs(const struct instance *schedule, double t, kac_coeffs *c,
                       kac_error *err) {
  const kac_schedule_ops *ops = schedule->component->ops;
  *c = (kac_coeffs){.struct_size = sizeof *c, .t = t};
  struct crash_site before = crash_enter_instance(schedule);
  kac_status status = ops->coeffs(schedule->self, t, c, err);
  crash_enter(before);
  if (status != KAC_OK) return status;
  c->f = c->dalpha / c->alpha;
  if (c->g2 == 0) c->g2 = 2 * c->sigma * (c->dsigma - c->sigma * c->f);
  if (isfinite(c->alpha) && isfinite(c->sigma) && isfinite(c->f) &&
      isfinite(c->g2) && c->g2 >= 0)
    return KAC_OK;
  return kac_fail(err, KAC_ENUMERIC,
                  "at t = %g: alpha = %g, sigma = %g, f = %g, g^2 = %g; they "
                  "must be finite and g^2 >= 0",
                  t, c->alpha, c->sigma, c->f, c->g2);
}

double path_progress(const struct spec *spec, double t) {
  double t_max = spec->t[0], t_min = spec->t[spec->n_steps];
  return (t_max - t) / (t_max - t_min);
}

bool path_at(const struct site *site, double t, struct path_point *point) {
  const struct spec *spec = site->worker->spec;
  *point = (struct path_point){.progress = path_progress(spec, t)};
  kac_coeffs *c = &point->c;
  if (!call_coeffs(site, t, c)) return false;
  for (size_t i = 0; i < spec->n_terms; i++) {
    point->power[i] = ramp_at(&spec->terms[i].power, point->progress);
    point->sum_p += point->power[i];
  }
  for (size_t j = 0; j < spec->n_potentials; j++)
    point->strength[j] =
        ramp_at(&spec->potentials[j].strength, point->progress);
  point->kappa = -c->f;
  if (spec->frame == FRAME_MATCHED) {
    double s2 = spec->sigma_data * spec->sigma_data;
    double u = c->sigma * c->sigma + c->alpha * c->alpha * s2;
    point->kappa = -(c->sigma * c->dsigma + c->alpha * c->dalpha * s2) / u;
  }
  return true;
}

double path_change(const struct spec *spec, size_t j,
                   const struct path_point *p0, const struct path_point *p1) {
  if (spec->potentials[j].mode == MODE_INTEGRAL)
    return p0->strength[j] * (p0->c.t - p1->c.t);
  return p1->strength[j] - p0->strength[j];
}

void path_explicit(const struct path *path, const struct path_point *p0,
                   const struct path_point *p1, const double *terms, size_t n,
                   bool only_integral, double *logw) {
  const struct spec *spec = path->spec;
  double change[3 * PATH_MAX_TERMS] = {0};
  for (size_t i = 0; i < spec->n_terms && !only_integral; i++)
    if (path->slot_of_term[i] >= 0)
      change[path->slot_of_term[i]] = p1->power[i] - p0->power[i];
  for (size_t j = 0; j < spec->n_potentials; j++) {
    int slot = path->slot_of_potential[j];
    bool is_integral = spec->potentials[j].mode == MODE_INTEGRAL;
    if (slot < 0 || (only_integral && !is_integral)) continue;
    change[slot] = path_change(spec, j, p0, p1);
  }
  for (size_t k = 0; k < path->n_slots; k++) {
    if (change[k] == 0) continue; /* 0 * -inf */
    for (size_t i = 0; i < n; i++) {
      double value = terms[i * path->n_slots + k];
      /* A verdict stands whether the strength rises or falls. */
      logw[i] += value == -KAC_INF ? value : change[k] * value;
    }
  }
}
