/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See potentials.h. */
#include "output/potentials.h"

#include <kac/sdk.h>

#include "output/number.h"
#include "sampler/combine.h"
#include "sampler/path.h"

static double rows_of(const struct run_result *result) {
  return (double)result->n_particles * (double)result->n_replicates;
}

static bool is_reward(const struct instance *instance) {
  return instance->component->kind == KAC_POTENTIAL && !combine_of(instance);
}

static double fraction(const struct activity *activity) {
  if (activity->n_looked == 0) return KAC_NAN;
  return (double)activity->n_acted / (double)activity->n_looked;
}

/* What rounding leaves of a share of nothing is not shown. */
static double shown(double share) {
  return fabs(share) < 1e-12 ? 0 : share;
}

void potentials_print_cost(FILE *out, const struct spec *spec,
                           const struct run_result *result) {
  const char *label = "reward evaluations";
  for (size_t i = 0; i < spec->n_instances; i++) {
    if (!is_reward(spec->instances[i])) continue;
    fprintf(out, "%-20s %.4g of potential '%s' per particle\n", label,
            (double)result->calls[i] / rows_of(result), spec->instances[i]->id);
    label = "";
  }
}

void potentials_print(FILE *out, const struct spec *spec,
                      const struct run_result *result) {
  for (size_t j = 0; j < spec->n_potentials; j++) {
    const struct activity *activity = &result->activity[j];
    char label[80], acts[NUMBER_BYTES];
    snprintf(label, sizeof label, "acts of '%s'",
             spec->potentials[j].instance->id);
    fprintf(out, "%-20s %s %% of %.4g looks per particle", label,
            number_table(100 * fraction(activity), 3, acts),
            (double)activity->n_looked / rows_of(result));
    if (activity->n_refused > 0)
      fprintf(out, ", refused %llu particles",
              (unsigned long long)activity->n_refused);
    if (!isnan(result->weight_share[j]))
      fprintf(out, ", weight share %.3g", shown(result->weight_share[j]));
    if (path_in_densities(spec, j))
      fprintf(out, ", weight within the path's (weights = \"density\")");
    putc('\n', out);
  }
  if (spec->n_potentials > 0 && !isnan(result->path_share))
    fprintf(out, "%-20s weight share %.3g (path, start and proposals)\n",
            "the rest", shown(result->path_share));
}

void potentials_warn(FILE *out, const struct spec *spec,
                     const struct run_result *result) {
  for (size_t j = 0; j < spec->n_potentials; j++) {
    const struct activity *activity = &result->activity[j];
    const char *id = spec->potentials[j].instance->id;
    if (activity->n_acted > 0) continue;
    if (spec->potentials[j].mode == MODE_GUIDE &&
        spec->potentials[j].guide == 0)
      fprintf(out, "warning: potential '%s' NEVER ACTED: its guide is 0\n", id);
    else if (activity->n_looked == 0)
      fprintf(out,
              "warning: potential '%s' NEVER ACTED: it was never looked at; no "
              "step lies in its window or at_steps\n",
              id);
    else
      fprintf(out,
              "warning: potential '%s' NEVER ACTED: it left every particle as "
              "it was in all of its %llu looks; is its strength zero, or phi "
              "zero wherever particles come?\n",
              id, (unsigned long long)activity->n_looked);
  }
}

static void put_calls(struct json *json, const char *key,
                      const struct spec *spec, const struct run_result *result,
                      bool is_of_rewards) {
  json_object(json, key);
  for (size_t i = 0; i < spec->n_instances; i++) {
    const struct instance *instance = spec->instances[i];
    bool is_model = instance->component->kind == KAC_SCORE;
    if (is_of_rewards ? is_reward(instance) : is_model)
      json_count(json, instance->id, result->calls[i]);
  }
  json_end(json);
}

void potentials_json(struct json *json, const struct spec *spec,
                     const struct run_result *result) {
  put_calls(json, "model_evaluations", spec, result, false);
  put_calls(json, "reward_evaluations", spec, result, true);
  json_object(json, "potentials");
  for (size_t j = 0; j < spec->n_potentials; j++) {
    const struct activity *activity = &result->activity[j];
    json_object(json, spec->potentials[j].instance->id);
    json_number(json, "weight_share", result->weight_share[j]);
    json_count(json, "looked", activity->n_looked);
    json_count(json, "acted", activity->n_acted);
    json_number(json, "acted_fraction", fraction(activity));
    json_count(json, "n_refused", activity->n_refused);
    json_count(json, "n_revivable", activity->n_revivable);
    json_count(json, "n_lost", activity->n_lost);
    json_count(json, "n_revived", activity->n_revived);
    json_end(json);
  }
  json_end(json);
  json_number(json, "path_weight_share", result->path_share);
}
