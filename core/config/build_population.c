/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What must hold for a population: when it is resampled, children, the choice
 * of times by the particles, and what of it is written. */
#include <kac/sdk.h>

#include "config/build.h"
#include "sampler/run.h"
#include "sampler/trigger.h"
#include "sampler/twist.h"

static bool check_at_steps(struct build *build) {
  const kac_array *steps = &build->spec->resampler.at_steps;
  struct place at =
      build_key_of(build, build->spec->resampler.instance, "at_steps");
  double most = (double)build->spec->n_steps;
  for (size_t i = 0; i < steps->n; i++) {
    double step = steps->data[i];
    if (floor(step) < step || step < 1 || step > most)
      return build_error(build, at,
                         "at_steps[%zu] = %g is no step of this run: they are "
                         "whole numbers from 1 to %zu",
                         i, step, build->spec->n_steps);
    if (i > 0 && step <= steps->data[i - 1])
      return build_error(build, at,
                         "at_steps[%zu] = %g does not lie above at_steps[%zu] "
                         "= %g: steps are given in their order",
                         i, step, i - 1, steps->data[i - 1]);
  }
  return true;
}

static bool is_looked_at(const struct spec *spec) {
  for (size_t k = 1; k <= spec->n_steps; k++)
    if (trigger_is_look(spec, k)) return true;
  return false;
}

/* ESS is at least 1.  Conditional ESS is too with one particle; with more, what
 * had little weight may have been given all of it. */
static bool can_fire(const struct spec *spec) {
  const struct spec_resampler *r = &spec->resampler;
  bool is_cess = r->cess_below > 0;
  double part = is_cess ? r->cess_below : r->ess_below;
  if (r->at_end || part >= 1) return true;
  return is_cess ? spec->n_particles > 1 : part * (double)spec->n_particles > 1;
}

static bool check_trigger(struct build *build) {
  const struct spec *spec = build->spec;
  const struct spec_resampler *r = &spec->resampler;
  if (!r->instance) return true;
  if (!check_at_steps(build)) return false;
  if (!is_looked_at(spec))
    return build_error(build, build_key_of(build, r->instance, "every window"),
                       "the resampler is never looked at: no step of %zu lies "
                       "in its every and window",
                       spec->n_steps);
  if (can_fire(spec)) return true;
  bool is_cess = r->cess_below > 0, is_one = spec->n_particles == 1;
  const char *key = is_cess ? "cess_below" : "ess_below";
  build_error(build, build_key_of(build, r->instance, key),
              "%s = %g of %zu particle%s can never be met: %s is at least 1",
              key, is_cess ? r->cess_below : r->ess_below, spec->n_particles,
              is_one ? "" : "s", is_cess ? "conditional ESS" : "ESS");
  diag_hint(build->diag, "%s",
            is_one ? "leave the resampler out: one particle is not resampled"
                   : "raise it, leave the resampler out to never resample, or "
                     "set at_end = true to resample at the end only");
  return false;
}

/* Does anything after the move weigh one child against another?  (An opaque
 * move may, by a proposal ratio of its own.) */
static bool weighs_children(const struct spec *spec) {
  if (spec->weights == WEIGHTS_DENSITY || build_has_guide(spec)) return true;
  for (size_t j = 0; j < spec->n_potentials; j++)
    if (twist_is_twist(spec->potentials[j].mode)) return true;
  for (size_t i = 0; i < spec->n_integrators; i++)
    if ((run_ops(&spec->integrators[i])->role & KAC_ADVANCES) &&
        !run_ops(&spec->integrators[i])->kernel)
      return true;
  return false;
}

static bool is_random(const struct spec *spec) {
  for (size_t i = 0; i < spec->n_integrators; i++) {
    const struct spec_integrator *entry = &spec->integrators[i];
    if (run_ops(entry)->role & KAC_INVARIANT) return true;
    for (int k = 0; k <= BUILD_PROBES; k++)
      if (ramp_at(&entry->noise, k / (double)BUILD_PROBES) > 0) return true;
  }
  return false;
}

static bool check_children(struct build *build) {
  const struct spec *spec = build->spec;
  struct place at =
      build_key(build->top.population, "children", build->top.population->at);
  if (spec->n_children <= 1) return true;
  if (!run_advances(spec))
    return build_error(build, at,
                       "children = %zu needs an integrator that advances: "
                       "invariant moves do not change weights, so there is "
                       "nothing to choose by",
                       spec->n_children);
  if (!is_random(spec))
    return build_error(build, at,
                       "children = %zu would be all alike: no integrator has "
                       "noise",
                       spec->n_children);
  if (weighs_children(spec)) return true;
  return build_error(build, at,
                     "children = %zu would all weigh the same: nothing weighs "
                     "the new state; add a potential that steers, a guide, or "
                     "path = { weights = \"density\"; }",
                     spec->n_children);
}

static bool changes(const struct spec *spec) {
  for (size_t i = 0; i < spec->n_terms; i++)
    if (!ramp_is_constant(&spec->terms[i].power)) return true;
  for (size_t j = 0; j < spec->n_potentials; j++)
    if (spec->potentials[j].mode == MODE_RATE &&
        !ramp_is_constant(&spec->potentials[j].strength))
      return true;
  return false;
}

/* Only at rest are the weights of a step known before its move. */
static bool check_adapt(struct build *build) {
  const struct spec *spec = build->spec;
  struct place at = build_key(build->top.time, "adapt", build->time_at);
  if (!(spec->adapt > 0)) return true;
  if (!build_is_at_rest(build) || run_advances(spec))
    return build_error(build, at,
                       "time: adapt chooses the times of an energy ladder: it "
                       "needs a schedule at rest (static) and no integrator "
                       "that advances");
  if (spec->weights != WEIGHTS_OFF && changes(spec)) return true;
  return build_error(build, at,
                     "time: adapt needs weights of the path, and something "
                     "that changes: a power, or the strength of a potential in "
                     "mode \"rate\"");
}

static bool check_best_of_n(struct build *build) {
  const struct spec *spec = build->spec;
  if (!spec->best_of_n) return true;
  for (size_t j = 0; j < spec->n_potentials; j++)
    if (spec->potentials[j].mode != MODE_GUIDE &&
        spec->potentials[j].mode != MODE_INTEGRAL)
      return true;
  return build_error(
      build, build_key(build->top.output, "best_of_n", build->top.output->at),
      "output: best_of_n needs a potential that judges the end "
      "state: potentials = ( { plugin; mode = \"final\"; } )");
}

bool build_population_rules(struct build *build) {
  bool is_good = check_trigger(build);
  is_good = check_best_of_n(build) && is_good;
  is_good = check_children(build) && is_good;
  return check_adapt(build) && is_good;
}
