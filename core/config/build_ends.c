/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the ends of the grid of times mean for the plugins, so that a step that
 * is bound to fail does so before the run and not as its last one: the
 * schedule where an instance first and last is at work, for its plan, and
 * whether a Gaussian kernel still has a variance there. */
#include <kac/sdk.h>

#include "config/build.h"
#include "plugin/crash.h"
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

/* --- a kernel tried before the run ---------------------------------------
 * One row of zeros.  Nothing that a run lends is there yet, so whoever asks
 * for it fails, and is judged by the run itself. */
static kac_status no_field(const kac_block *block, kac_field_io *io,
                           kac_error *err) {
  (void)block, (void)io;
  return kac_fail(err, KAC_EUNSUPPORTED, "there is no field before a run");
}

static kac_status no_coeffs(const kac_block *block, double t, kac_coeffs *c,
                            kac_error *err) {
  (void)block, (void)t, (void)c;
  return kac_fail(err, KAC_EUNSUPPORTED, "there is no schedule before a run");
}

static void no_draws(const kac_block *block, uint32_t draw, double *out,
                     size_t ld, size_t n_col) {
  (void)draw;
  for (size_t i = 0; i < block->n; i++)
    for (size_t k = 0; k < n_col; k++) out[i * ld + k] = 0.5;
}

static const kac_calls nothing = {sizeof nothing, 0,        no_field,
                                  no_coeffs,      no_draws, no_draws};

/* The variance from c0 to c1, NaN if it cannot be told before the run: the
 * kernel fails on zeros, or its self is not there. */
static double variance(struct build *build, struct instance *instance,
                       const kac_coeffs *c0, const kac_coeffs *c1) {
  const kac_integrator_ops *ops = instance->component->ops;
  size_t d = build->spec->space.n_real;
  double *zeros = build_take(build, 5 * d + 2, sizeof *zeros);
  void *scratch = build_take(build, instance->plan.scratch_bytes, 1);
  if (!zeros || !scratch || instance->component->create) return KAC_NAN;
  kac_crows x = {zeros, d, NULL, 0};
  kac_field_io f = {.struct_size = sizeof f,
                    .want = ops->needs_field,
                    .t = c0->t,
                    .t_next = c1->t,
                    .x = x,
                    .b = zeros + d,
                    .s = zeros + 2 * d,
                    .x0 = zeros + 3 * d,
                    .ld = d,
                    .logpi = zeros + 5 * d};
  kac_kernel_io io = {.struct_size = sizeof io,
                      .c0 = c0,
                      .c1 = c1,
                      .x = x,
                      .f = &f,
                      .mean = zeros + 4 * d,
                      .ld = d};
  kac_block block = {.struct_size = sizeof block,
                     .n = 1,
                     .space = &build->spec->space,
                     .scratch = scratch,
                     .host = &nothing};
  kac_error err = {.row = -1};
  struct crash_site before =
      crash_enter((struct crash_site){instance, -1, 0, 0});
  kac_status status = ops->kernel(instance->config, &block, &io, &err);
  crash_enter(before);
  return status == KAC_OK ? io.var : KAC_NAN;
}

bool build_has_density(struct build *build,
                       const struct spec_integrator *entry) {
  const struct spec *spec = build->spec;
  struct instance *instance = entry->instance;
  size_t first, last;
  if (!run_ops(entry)->kernel || !grid_ends(build, entry, &first, &last))
    return true;
  kac_coeffs *c0 = coeffs_at(build, spec->t[last - 1]);
  kac_coeffs *c1 = coeffs_at(build, spec->t[last]);
  double t = 0.5 * (spec->t[last - 1] + spec->t[last]);
  kac_coeffs *middle = coeffs_at(build, t);
  if (!c0 || !c1 || !middle) return false;
  /* As in a run, the noise of both kernels is that of the middle. */
  double zeta = ramp_at(&entry->noise, path_progress(spec, t));
  c0->eps = c1->eps = 0.5 * zeta * zeta * middle->g2;
  if (variance(build, instance, c0, c1) != 0) return true;
  return build_error(build,
                     build_key(build->top.path, "weights", build->path_at),
                     "weights = \"density\" needs a kernel with a density at "
                     "every step, and that of '%s' has variance 0 from t = %g "
                     "to %g, where sigma is %g; end above it (t_min of time), "
                     "or take euler_maruyama",
                     instance->component->name, c0->t, c1->t, c1->sigma);
}
