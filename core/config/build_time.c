/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The grid of times: given, or equal steps in t, log sigma, log (sigma/alpha)
 * or sigma^(1/rho) between the schedule's ends. */
#include <kac/sdk.h>

#include "config/build.h"
#include "plugin/crash.h"
#include "sampler/path.h"

static const char ENDS[] = "t_min t_max grid grid_file";

static struct place key(const struct build *build, const char *keys) {
  return build_key(build->top.time, keys, build->time_at);
}

/* What the schedule says, and what the command line has changed about it. */
static bool refuse(struct build *build, const struct instance *schedule,
                   const kac_error *err) {
  build_error(build, schedule->at, "schedule '%s': %s",
              schedule->component->name, err->msg);
  instance_hint(schedule, build->diag);
  return false;
}

/* What the spacing makes equal steps of; rises with t. */
static bool height(struct build *build, double t, double *value) {
  const struct instance *schedule = build->spec->schedule;
  kac_coeffs c;
  kac_error err = {.row = -1};
  if (path_coeffs(schedule, t, &c, &err) != KAC_OK)
    return refuse(build, schedule, &err);
  switch (build->time.spacing) {
    case SPACING_LOG_SIGMA:
      *value = log(c.sigma);
      break;
    case SPACING_LOG_SNR:
      *value = log(c.sigma / c.alpha);
      break;
    default:
      *value = pow(c.sigma, 1 / build->time.rho);
  }
  if (isfinite(*value)) return true;
  return build_error(build, key(build, "spacing t_min grid"),
                     "time: this spacing needs sigma > 0, but sigma(%g) = %g; "
                     "set t_min above it",
                     t, c.sigma);
}

static bool invert(struct build *build, double low, double high, double wanted,
                   double *t) {
  for (int i = 0; i < 100 && low < high; i++) {
    double middle = 0.5 * (low + high), value;
    if (middle <= low || middle >= high) break;
    if (!height(build, middle, &value)) return false;
    if (value < wanted)
      low = middle;
    else
      high = middle;
  }
  *t = 0.5 * (low + high);
  return true;
}

static bool fill_grid(struct build *build, double t_min, double t_max,
                      double *t) {
  size_t n = (size_t)build->time.steps;
  double low, high;
  t[0] = t_max;
  t[n] = t_min;
  if (build->time.spacing == SPACING_UNIFORM) {
    for (size_t k = 1; k < n; k++)
      t[k] = t_max - (t_max - t_min) * ((double)k / (double)n);
    return true;
  }
  if (!height(build, t_min, &low) || !height(build, t_max, &high)) return false;
  for (size_t k = 1; k < n; k++) {
    double wanted = high + (low - high) * ((double)k / (double)n);
    if (!invert(build, t_min, t_max, wanted, &t[k])) return false;
  }
  for (size_t k = 1; k <= n; k++)
    if (!(t[k] < t[k - 1]))
      return build_error(build, key(build, "spacing steps"),
                         "time: step %zu has no length at t = %g: this spacing "
                         "needs a sigma that changes, and fewer steps than "
                         "numbers between the ends",
                         k, t[k]);
  return true;
}

static bool take_given(struct build *build) {
  const kac_array *grid = &build->time.grid;
  struct place at = key(build, "steps grid grid_file");
  if (build->time.steps > 0 && (size_t)build->time.steps != grid->n - 1) {
    build_error(build, at,
                "time: steps = %lld, but grid has %zu times (%zu steps)",
                (long long)build->time.steps, grid->n, grid->n - 1);
    return build_also(build, build->top.time, "grid grid_file", at);
  }
  for (size_t k = 1; k < grid->n; k++)
    if (!(grid->data[k] < grid->data[k - 1]))
      return build_error(build, key(build, "grid grid_file"),
                         "time: grid[%zu] = %g does not lie below grid[%zu] = "
                         "%g; a run goes from t_max down",
                         k, grid->data[k], k - 1, grid->data[k - 1]);
  build->spec->t = grid->data;
  build->spec->n_steps = grid->n - 1;
  return true;
}

static bool ends(struct build *build, double *t_min, double *t_max) {
  const struct instance *schedule = build->spec->schedule;
  const kac_schedule_ops *ops = schedule->component->ops;
  kac_error err = {.row = -1};
  double low, high;
  struct crash_site before = crash_enter_instance(schedule);
  kac_status status = ops->range(schedule->self, &low, &high, &err);
  crash_enter(before);
  if (status != KAC_OK) return refuse(build, schedule, &err);
  *t_min = build->time.has_t_min ? build->time.t_min : low;
  *t_max = build->time.has_t_max ? build->time.t_max : high;
  const double *given = build->time.grid.data;
  if (given && build->time.grid.n < 2)
    return build_error(build, key(build, "grid grid_file"),
                       "time: grid needs at least two times");
  struct place at = key(build, "t_min t_max");
  if (given && (build->time.has_t_min || build->time.has_t_max)) {
    build_error(build, at,
                "time: t_min and t_max are for times that are not given: grid "
                "has its own ends");
    return build_also(build, build->top.time, "grid grid_file", at);
  }
  if (given) {
    *t_max = given[0];
    *t_min = given[build->time.grid.n - 1];
  }
  if (*t_min < low || *t_max > high)
    return build_error(build, key(build, ENDS),
                       "time: from t = %g to %g, but schedule '%s' is defined "
                       "on [%g, %g]",
                       *t_max, *t_min, schedule->component->name, low, high);
  if (*t_min < *t_max) return true;
  at = key(build, ENDS);
  build_error(build, at, "time: t_min = %g does not lie below t_max = %g",
              *t_min, *t_max);
  return build_also(build, build->top.time, ENDS, at);
}

bool build_time(struct build *build) {
  double t_min, t_max;
  build->spec->adapt = build->time.adapt;
  if (build->time.adapt > 0 && build->time.grid.n > 0) {
    build_error(build, build->time_at,
                "time: adapt chooses the times that grid gives: leave one of "
                "them out");
    return build_also(build, build->top.time, "adapt grid grid_file",
                      build->time_at);
  }
  if (!ends(build, &t_min, &t_max)) return false;
  if (build->time.grid.n > 0) return take_given(build);
  if (build->time.steps == 0)
    return build_error(build, build->time_at,
                       "time needs the key steps (or grid)");
  size_t n = (size_t)build->time.steps;
  double *t = arena_alloc(build->pipeline->arena, (n + 1) * sizeof *t);
  if (!t)
    return build_error(build, build->time_at, "no memory for %zu times", n + 1);
  build->spec->t = t;
  build->spec->n_steps = n;
  return fill_grid(build, t_min, t_max, t);
}
