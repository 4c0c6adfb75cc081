/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Laws that take a whole run: integrators on Gaussian data, where every law is
 * known. */
#include <kac/sdk.h>
#include <stdlib.h>

#include "conform/ask.h"
#include "conform/laws.h"
#include "conform/pairs.h"

/* --- a run on Gaussian data ------------------------------------------------
 */
/* Data N(MEAN, WIDTH^2) in each of two coordinates. */
#define MEAN 0.7
#define WIDTH 0.5
enum { DIMENSION = 2 };

struct moments { /* of the end, weighted, in units of the exact law's width */
  double mean_off, log_ratio, error;
  double log_z, log_z_err;
};

static void take_moments(const struct run_result *result,
                         const kac_coeffs *last, struct moments *to) {
  size_t n = result->n_particles * result->n_replicates, d = result->n_real;
  double mean = 0, square = 0, weight = 0, weight2 = 0;
  double law =
      last->alpha * last->alpha * WIDTH * WIDTH + last->sigma * last->sigma;
  for (size_t i = 0; i < n; i++) {
    double w = exp(result->logw[i]);
    weight += w;
    weight2 += w * w;
    for (size_t k = 0; k < d; k++) mean += w * result->x[i * d + k] / (double)d;
  }
  mean /= weight;
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < d; k++) {
      double off = result->x[i * d + k] - mean;
      square += exp(result->logw[i]) * off * off / (double)d / weight;
    }
  to->mean_off = (mean - last->alpha * MEAN) / sqrt(law);
  to->log_ratio = 0.5 * log(square / law);
  to->error = sqrt(weight2 / (weight * weight) / (double)d);
  to->log_z = result->log_z;
  to->log_z_err = result->log_z_stderr;
}

/* What two runs have to differ in: steps, and what is added to the text. */
static bool run_gaussian(struct trial *trial, size_t steps, const char *more,
                         struct moments *to) {
  struct trial own;
  struct run_result result = {0};
  struct fault fault = {0};
  char text[1024];
  snprintf(text, sizeof text,
           "seed = %llu;\nstate = { real = %d; };\n"
           "time = { steps = %zu; };\n"
           "population = { particles = 4000; replicates = 4; };\n"
           "scores = ( { id = \"base\"; plugin = \"gaussian\"; mean = %.17g; "
           "variance = %.17g; } );\n%s"
           "integrators = ( { plugin = \"%%s\"; } );\n",
           (unsigned long long)(trial->options->seed & 0x7fffffff),
           (int)DIMENSION, steps, MEAN, WIDTH * WIDTH, more);
  struct trial_wish wish = {.dim = DIMENSION, .text = text};
  bool is_good =
      trial_open(&own, trial->options, KAC_INTEGRATOR, &wish, trial->verdict);
  if (!is_good)
    trial_skipped(trial, "no run on Gaussian data: %s", trial_messages(&own));
  if (is_good && engine_run(own.spec, NULL, &result, &fault) != EXIT_DONE)
    is_good =
        trial_broken(trial, "a run on Gaussian data fails: %s", fault.text);
  if (is_good) {
    kac_coeffs last = {.struct_size = sizeof last};
    kac_error err;
    (void)path_coeffs(own.spec->schedule, own.spec->t[own.spec->n_steps], &last,
                      &err);
    take_moments(&result, &last, to);
  }
  run_result_free(&result);
  trial_close(&own);
  return is_good;
}

#define NOISING "schedule = { plugin = \"vp\"; };\n"

static uint32_t role_of(const struct trial *trial) {
  return ((const kac_integrator_ops *)trial->component->ops)->role;
}

/* Laws of moves from noise to data; false with a verdict where they say
 * nothing. */
static bool is_sampler(struct trial *trial) {
  if (trial->options->config)
    return trial_skipped(trial, "not with a config of one's own");
  if (!(role_of(trial) & KAC_ADVANCES))
    return trial_skipped(trial, "it does not advance in t");
  if (role_of(trial) & KAC_OWN_LAW)
    return trial_skipped(trial, "it has a law of its own (KAC_OWN_LAW)");
  return true;
}

static double worst_of(const struct moments *m) {
  return fmax(fabs(m->mean_off), fabs(m->log_ratio));
}

bool law_gaussian(struct trial *trial) {
  struct moments fine;
  if (!is_sampler(trial) || !run_gaussian(trial, 400, NOISING, &fine))
    return false;
  double allowed = 0.02 + 5 * fine.error;
  return worst_of(&fine) <= allowed ||
         trial_broken(trial,
                      "400 steps from noise to Gaussian data: the mean is off "
                      "by %.3f widths, the width by a factor %.3f; expected "
                      "less than %.3f of either",
                      fine.mean_off, exp(fine.log_ratio), allowed);
}

/* Four times the steps: a quarter of the error for order 1, half for order 1/2;
 * the line lies between. */
bool law_converges(struct trial *trial) {
  struct moments coarse, fine;
  if (!is_sampler(trial) || !run_gaussian(trial, 25, NOISING, &coarse) ||
      !run_gaussian(trial, 100, NOISING, &fine))
    return false;
  double allowed = 0.4 * worst_of(&coarse) + 5 * fine.error;
  return worst_of(&fine) <= allowed ||
         trial_broken(trial,
                      "four times the steps should leave a quarter of the "
                      "error: %.3f widths with 25 steps, %.3f with 100 (noise "
                      "of either %.3f)",
                      worst_of(&coarse), worst_of(&fine), fine.error);
}

/* The host sums the ratios of what happened in a step. */
static bool adds_ratios(struct trial *trial) {
  struct sheet sheet;
  struct batch none = {0}, one = {0};
  bool is_kept =
      sheet_open(&sheet, trial) && sheet_ask(&sheet, trial, 0, sheet.n, &none);
  is_kept = is_kept && (batch_new(&one, trial, sheet.n, sheet.row, sheet.x,
                                  ASK_MOVE, sheet_time(trial)) ||
                        trial_broken(trial, "no memory for a batch"));
  one.dlogw = 1;
  one.t_next = none.t_next;
  is_kept = is_kept && batch_ask(&one);
  for (size_t i = 0; is_kept && i < sheet.n; i++) {
    double before = none.out[1].values[i], after = one.out[1].values[i];
    if (fabs(after - before - 1) > 1e-9 * (1 + fabs(before)))
      is_kept = trial_broken(trial,
                             "dlogw of row %zu is %.6g where it was 0 and "
                             "%.6g where it was 1: it is added to",
                             i, before, after);
  }
  batch_free(&none);
  batch_free(&one);
  sheet_close(&sheet);
  return is_kept;
}

/* The mean weight of a short step. */
static bool has_mean_one(struct trial *trial) {
  struct pairs pairs;
  double mean, error;
  if (trial->instance->plan.pstate_bytes > 0) return true;
  return pairs_take(&pairs, trial) &&
         (tally_is_near(&pairs.weight, 1, 1e-6, &mean, &error) ||
          trial_broken(trial,
                       "the mean weight of a short step is 1 %+.6f +- %.6f "
                       "over %.0f of them",
                       mean - 1, error, 2 * pairs.weight.n));
}

/* Sampling the model as it is, with its proposal ratios as the only weights:
 * their mean is 1. */
bool law_weights(struct trial *trial) {
  struct moments m;
  if (!is_sampler(trial)) return false;
  if (!ask_is_kernel(trial) && (!adds_ratios(trial) || !has_mean_one(trial)))
    return false;
  if (!run_gaussian(trial, 50, NOISING, &m)) return false;
  double allowed = 0.002 + 5.5 * (isfinite(m.log_z_err) ? m.log_z_err : 0);
  return fabs(m.log_z) <= allowed ||
         trial_broken(trial,
                      "log of the mean weight is %.4f +- %.4f where the target "
                      "is the model itself; expected 0",
                      m.log_z, m.log_z_err);
}

bool law_invariant(struct trial *trial) {
  struct moments m;
  if (trial->options->config)
    return trial_skipped(trial, "not with a config of one's own");
  if (!(role_of(trial) & KAC_INVARIANT))
    return trial_skipped(trial, "it makes no moves at fixed t");
  if (!run_gaussian(trial, 60, TRIAL_AT_REST, &m)) return false;
  bool is_near = (role_of(trial) & KAC_APPROXIMATE) != 0;
  double allowed = (is_near ? 0.05 : 0) + 5.5 * m.error;
  return worst_of(&m) <= allowed ||
         trial_broken(trial,
                      "60 moves from exact draws: the mean is off by %.3f "
                      "widths, the width by a factor %.3f; expected less than "
                      "%.3f of either",
                      m.mean_off, exp(m.log_ratio), allowed);
}
