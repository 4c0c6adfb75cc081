/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the ends of the grid of times mean for the plugins, so that a step that
 * is bound to fail does so before the run and not as its last one: the
 * schedule where an instance first and last is at work, for its plan, and
 * whether a Gaussian kernel still has a variance there.  Kernels are tried in
 * build_trial.c. */
#include <kac/sdk.h>

#include "config/build.h"
#include "sampler/path.h"
#include "sampler/run.h"

static const struct spec_integrator *entry_of(const struct spec *spec,
                                              const struct instance *instance) {
  for (size_t i = 0; i < spec->n_integrators; i++)
    if (spec->integrators[i].instance == instance) return &spec->integrators[i];
  return NULL;
}

/* First and last grid point at which an entry works; false: at none.  A move
 * that advances works from t[k] to t[k + 1], an invariant one at the end of a
 * step, and at t_max only to burn in. */
static bool grid_ends(const struct build *build,
                      const struct spec_integrator *entry, size_t *first,
                      size_t *last) {
  const struct spec *spec = build->spec;
  bool advances = (run_ops(entry)->role & KAC_ADVANCES) != 0, is_found = false;
  size_t from = advances || build->start.burn_in > 0 ? 0 : 1;
  for (size_t k = from; k < spec->n_steps + !advances; k++) {
    if (!run_is_active(entry, path_progress(spec, spec->t[k]))) continue;
    if (!is_found) *first = k;
    *last = k + advances;
    is_found = true;
  }
  return is_found;
}

static kac_coeffs *coeffs_at(struct build *build, double t) {
  const struct instance *schedule = build->spec->schedule;
  kac_coeffs *c = build_take(build, 1, sizeof *c);
  kac_error err = {.row = -1};
  if (!c || path_coeffs(schedule, t, c, &err) == KAC_OK) return c;
  build_error(build, schedule->at, "schedule '%s': %s",
              schedule->component->name, err.msg);
  return NULL;
}

bool build_ends(struct build *build, const struct instance *instance,
                kac_plan *plan) {
  const struct spec *spec = build->spec;
  const struct spec_integrator *entry = entry_of(spec, instance);
  size_t first = 0, last = spec->n_steps;
  plan->first = plan->last = NULL;
  if (entry && !grid_ends(build, entry, &first, &last)) return true;
  plan->first = coeffs_at(build, spec->t[first]);
  plan->last = plan->first ? coeffs_at(build, spec->t[last]) : NULL;
  return plan->last != NULL;
}

bool build_has_density(struct build *build,
                       const struct spec_integrator *entry) {
  struct build_trial trial;
  size_t first, last;
  if (!run_ops(entry)->kernel || !grid_ends(build, entry, &first, &last) ||
      !build_trial_open(build, entry, &trial))
    return true;
  build_trial_step(&trial, last - 1);
  const kac_coeffs *c0 = &trial.c0, *c1 = &trial.c1;
  if (trial.down.var != 0) return true;
  return build_error(build,
                     build_key(build->top.path, "weights", build->path_at),
                     "weights = \"density\" needs a kernel with a density at "
                     "every step, and that of '%s' has variance 0 from t = %g "
                     "to %g, where sigma is %g; end above it (t_min of time), "
                     "or take euler_maruyama",
                     entry->instance->component->name, c0->t, c1->t, c1->sigma);
}
