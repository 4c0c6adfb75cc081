/* SPDX-License-Identifier: GPL-3.0-or-later */
/* W5: a rare event with few particles.  Data N(0, 1), the event x > 3.0902 of
 * probability 1e-3, the reward 3 x.  k particles are steered, resampled on the
 * way by the reward at their denoised means, or run on their own, best of k;
 * each replicate then hands in its best particle.  The chain is exact
 * (ancestral with the exact variance), so best of k succeeds with 1 - (1 -
 * P)^k.  Both ask the model the same number of times. */
#include <math.h>
#include <stdio.h>

#include "bench/bench.h"

enum { REPLICATES = 4000 };
static const double event = 3.0902323061678132, probability = 1e-3;

static const char text[] =
    "state = { real = 1; };\n"
    "schedule = { plugin = \"cosine\"; };\n"
    "time = { steps = %zu; };\n"
    "scores = ({ id = \"q\"; plugin = \"gaussian\"; });\n"
    "potentials = ({ plugin = \"linear\"; slope = 3.0; mode = \"%s\"; at = "
    "\"x0hat\"; });\n"
    "integrators = ({ plugin = \"ancestral\"; variance = \"exact\"; "
    "data_variance = 1.0; });\n"
    "resampler = { plugin = \"systematic\"; ess_below = 0.5; };\n"
    "start = { law = \"q\"; };\n"
    "population = { particles = %zu; replicates = %d; };\n";

struct outcome {
  double success, error; /* share of replicates, its standard error */
  double log_z, log_z_err, evaluations; /* of the model, per particle */
};

static bool has_event(const struct run_result *result, size_t replicate) {
  size_t first = replicate * result->n_particles;
  for (size_t i = first; i < first + result->n_particles; i++)
    if (result->x[i] > event) return true;
  return false;
}

static struct outcome measure(const struct options *options, const char *mode,
                              size_t k, size_t steps) {
  char config[1024];
  struct rig rig;
  struct run_result result;
  double n = REPLICATES, hits = 0;
  snprintf(config, sizeof config, text, steps, mode, k, REPLICATES);
  rig_open(&rig, options, config);
  rig_run(&rig, 1, &result);
  for (size_t r = 0; r < result.n_replicates; r++)
    hits += has_event(&result, r);
  struct outcome outcome = {.success = hits / n,
                            .error = sqrt(hits / n * (1 - hits / n) / n),
                            .log_z = result.log_z,
                            .log_z_err = result.log_z_stderr,
                            .evaluations = (double)result.evaluations[0]};
  run_result_free(&result);
  rig_close(&rig);
  return outcome;
}

static void one_case(const struct options *options, size_t k) {
  char name[32];
  struct label label = {"w5", name, options->threads};
  size_t steps = options->steps > 0 ? options->steps : 100;
  snprintf(name, sizeof name, "rare_k%zu_S%zu", k, steps);
  if (!is_wanted(options, &label)) return;
  struct outcome steered = measure(options, "difference", k, steps);
  struct outcome best = measure(options, "final", k, steps);
  result_line(&label, "steering_success", steered.success);
  result_line(&label, "steering_success_err", steered.error);
  result_line(&label, "best_of_k_success", best.success);
  result_line(&label, "best_of_k_success_err", best.error);
  result_line(&label, "best_of_k_exact",
              -expm1((double)k * log1p(-probability)));
  result_line(&label, "steering_evaluations", steered.evaluations);
  result_line(&label, "best_of_k_evaluations", best.evaluations);
  result_line(&label, "logZ_exact", 4.5);
  result_line(&label, "steering_logZ", steered.log_z);
  result_line(&label, "steering_logZ_err", steered.log_z_err);
  result_line(&label, "best_of_k_logZ", best.log_z);
  result_line(&label, "best_of_k_logZ_err", best.log_z_err);
}

void bench_rare_event(const struct options *options) {
  for (size_t k = 4; k <= 16; k *= 2) one_case(options, k);
}
