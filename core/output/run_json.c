/* SPDX-License-Identifier: GPL-3.0-or-later */
/* run.json: the numbers first, under keys that stay; then the provenance. */
#include "output/run_json.h"

#include <kac/sdk.h>
#include <string.h>
#include <sys/resource.h>

#include "output/correctness.h"
#include "output/json.h"
#include "output/potentials.h"
#include "output/provenance.h"
#include "output/terms.h"
#include "output/value_json.h"
#include "output/write.h"

static void put_numbers(struct json *json, const struct run_record *record) {
  const struct run_result *result = record->report.result;
  const struct spec *spec = record->report.spec;
  json_number(json, "log_z", result->log_z);
  json_number(json, "log_z_start", result->log_z_start);
  json_number(json, "log_z_stderr", result->log_z_stderr);
  json_number(json, "ess", result->ess);
  json_number(json, "lowest_ess", result->lowest_ess);
  json_count(json, "lowest_ess_step", result->lowest_ess_step);
  json_number(json, "unique_ancestors", result->unique_ancestors);
  json_count(json, "particles", result->n_particles);
  json_count(json, "replicates", result->n_replicates);
  json_count(json, "steps", result->n_steps);
  json_number(json, "resamplings", result->resamplings);
  json_object(json, "evaluations");
  for (size_t i = 0; i < result->n_scores; i++)
    json_count(json, spec->scores[i]->id, result->evaluations[i]);
  json_end(json);
  json_object(json, "vjp_evaluations");
  for (size_t i = 0; i < result->n_scores; i++)
    json_count(json, spec->scores[i]->id, result->vjps[i]);
  json_end(json);
  json_string(json, "correctness",
              report_class(correctness_found(spec, result)));
  json_number(json, "seconds", record->report.seconds);
  json_count(json, "seed", spec->seed);
  json_number(json, "particle_steps_per_second", report_rate(&record->report));
}

/* Those of a greedy run only say that all replicates count alike. */
static void put_log_z(struct json *json, const struct report *report) {
  const struct run_result *result = report->result;
  size_t n = result->n_replicates;
  if (report->spec->correctness != GREEDY) {
    json_numbers(json, "log_z", result->log_z_each, n);
    return;
  }
  json_array(json, "log_z");
  for (size_t r = 0; r < n; r++) json_number(json, NULL, KAC_NAN);
  json_end(json);
}

static void put_more(struct json *json, const struct run_record *record) {
  const struct run_result *result = record->report.result;
  size_t n = result->n_replicates;
  char reason[CORRECTNESS_BYTES];
  json_string(json, "correctness_reason",
              correctness_reason(record->report.spec, result, reason));
  bool is_greedy = record->report.spec->correctness == GREEDY;
  json_number(json, "log_z_stderr_lineage",
              is_greedy ? KAC_NAN : result->lineage_stderr);
  json_number(json, "acceptance", result->accept);
  json_number(json, "largest_weight", report_largest_weight(result));
  json_count(json, "exit_code", (uint64_t)record->code);
  json_count(json, "steps_done", result->steps_done);
  json_count(json, "extinct_replicates", result->n_extinct);
  json_count(json, "died_on_the_way", result->n_died);
  json_number(json, "stiffness", result->stiff.worst);
  if (result->times)
    json_numbers(json, "times", result->times, result->n_steps + 1);
  json_count(json, "died_but_finite_at_the_end", result->n_revived);
  json_number(json, "distinct_pairs", result->diversity);
  json_object(json, "per_replicate");
  put_log_z(json, &record->report);
  json_numbers(json, "ess", result->ess_each, n);
  json_numbers(json, "unique_ancestors", result->unique_each, n);
  json_numbers(json, "resamplings", result->resamplings_each, n);
  json_numbers(json, "distinct_pairs", result->diversity_each, n);
  json_end(json);
  json_object(json, "timings");
  json_number(json, "loop", result->seconds);
  json_number(json, "resampling", result->seconds_resample);
  json_end(json);
}

/* Bytes: what was foretold for the run, and what the whole process took. */
static void put_memory(struct json *json, const struct spec *spec) {
  struct rusage usage = {0};
  getrusage(RUSAGE_SELF, &usage);
  json_object(json, "memory");
  json_count(json, "estimated", engine_memory(spec));
  json_count(json, "peak", (uint64_t)usage.ru_maxrss * 1024);
  json_end(json);
}

static bool is_first_of_instance(const struct host_outputs_result *result,
                                 size_t i) {
  for (size_t k = 0; k < i; k++)
    if (strcmp(result[k].instance, result[i].instance) == 0) return false;
  return true;
}

/* Observers may report in turns: each instance gets one object. */
static void put_results(struct json *json, const struct host_outputs *outputs) {
  size_t n;
  const struct host_outputs_result *result = outputs_results(outputs, &n);
  json_object(json, "results");
  for (size_t i = 0; i < n; i++) {
    if (!is_first_of_instance(result, i)) continue;
    json_object(json, result[i].instance);
    for (size_t k = i; k < n; k++) {
      if (strcmp(result[k].instance, result[i].instance) != 0) continue;
      if (result[k].n == 1)
        json_number(json, result[k].key, result[k].value[0]);
      else
        json_numbers(json, result[k].key, result[k].value, result[k].n);
    }
    json_end(json);
  }
  json_end(json);
}

static void put_config(struct json *json, const struct run_record *record) {
  json_string(json, "config_file", record->config_path);
  json_object(json, "config");
  for (size_t i = 0; i < record->settings->n; i++)
    value_json(json, &record->settings->item[i]);
  json_end(json);
}

/* Those that the run would not have been without. */
static void put_overrides(struct json *json,
                          const struct overrides *overrides) {
  json_array(json, "overrides");
  for (size_t i = 0; overrides && i < N_OVERRIDES; i++)
    if (overrides->is_used[i]) json_string(json, NULL, override_names[i]);
  json_end(json);
}

bool run_json_write(int fd, const struct run_record *record,
                    struct fault *fault) {
  static const char file[] = "run.json";
  struct write_text text;
  if (!write_text_open(&text, file, fault)) return false;
  struct json json;
  json_start(&json, text.out);
  json_object(&json, NULL);
  put_numbers(&json, record);
  put_more(&json, record);
  potentials_json(&json, record->report.spec, record->report.result);
  terms_json(&json, record->report.spec, record->report.result);
  put_results(&json, record->report.outputs);
  put_config(&json, record);
  put_memory(&json, record->report.spec);
  provenance_derived(&json, record->report.spec);
  provenance_plugins(&json, record->report.spec);
  inputs_json(&json, record->inputs);
  provenance_citations(&json, record->report.spec);
  put_overrides(&json, record->overrides);
  provenance_command(&json, record->argc, record->argv, record->started);
  provenance_build(&json);
  provenance_host(&json, record->report.spec->n_threads);
  json_end(&json);
  return write_text_finish(&text, fd, file, fault);
}
