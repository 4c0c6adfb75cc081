/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kac check-model CONFIG: the score models of a pipeline, looked at by
 * themselves.  The config must be a good one; nothing of it runs but schedule
 * and models. */
#include <kac/sdk.h>
#include <stdlib.h>

#include "cli/commands.h"
#include "cli/job.h"
#include "model/model_report.h"

struct study_job {
  const struct options *options;
  struct job job;
  struct points_from from;
  struct study *study; /* of the models asked for */
  size_t n;
};

/* --- data ------------------------------------------------------------------
 */
static bool has_shape(const kac_array *data, const kac_space *space) {
  size_t last = data->n_dim;
  if (last == 3 && space->n_bodies > 1)
    return data->shape[1] == space->n_bodies && data->shape[2] == space->n_dim;
  return last == 2 && data->shape[1] == space->n_real;
}

static void shape_text(const kac_array *data, char text[96]) {
  int n = snprintf(text, 96, "(");
  for (size_t k = 0; k < data->n_dim; k++)
    n += snprintf(text + n, 96 - (size_t)n, "%s%zu", k > 0 ? ", " : "",
                  data->shape[k]);
  snprintf(text + n, 96 - (size_t)n, ")");
}

static bool read_data(struct study_job *study) {
  const struct options *options = study->options;
  const kac_space *space = &study->job.pipeline.spec.space;
  struct points_from *from = &study->from;
  struct schema schema = {.arena = study->job.arena, .diag = study->job.diag};
  char shape[96];
  if (!options->data) return true;
  if (!schema_read_array(&schema, options->data, options->data_at, &from->data))
    return false;
  if (!has_shape(&from->data, space) || from->data.shape[0] < 2) {
    shape_text(&from->data, shape);
    diag_error(study->job.diag, EXIT_CONFIG, options->data_at,
               "file '%s': its shape is %s, expected (n, %zu) with n of 2 or "
               "more rows",
               options->data, shape, space->n_real);
    return false;
  }
  /* A model of mean-free states knows nothing of the centre of mass. */
  double *rows = arena_alloc(study->job.arena, from->data.n * sizeof *rows);
  if (rows) {
    memcpy(rows, from->data.data, from->data.n * sizeof *rows);
    if (space->flags & KAC_MEAN_FREE)
      call_project(space, from->data.shape[0], rows, space->n_real);
    from->data.data = rows;
  }
  if (!rows || !baseline_new(&from->baseline, rows, from->data.shape[0],
                             space->n_real)) {
    diag_error(study->job.diag, EXIT_RESOURCE, options->data_at,
               "no memory for the data");
    return false;
  }
  if (from->baseline.spread > 1e-12 * from->baseline.radius) return true;
  diag_error(study->job.diag, EXIT_CONFIG, options->data_at,
             "file '%s': all its %zu rows are alike, and no model fits them "
             "better than their mean does",
             options->data, from->data.shape[0]);
  return false;
}

/* --- models ----------------------------------------------------------------
 */
static bool refuse_score(struct study_job *study) {
  const struct spec *spec = &study->job.pipeline.spec;
  const char *id = study->options->score, *names[64];
  struct place at = {study->options->config, 0};
  for (size_t i = 0; i < spec->n_scores; i++) names[i] = spec->scores[i]->id;
  const char *near =
      id ? suggest(id, names, spec->n_scores, sizeof names[0]) : NULL;
  if (!id)
    diag_error(study->job.diag, EXIT_CONFIG, at,
               "there are no scores to check");
  else
    diag_error(
        study->job.diag, EXIT_CONFIG, at, "no score has the id '%s'%s%s%s", id,
        near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
  return false;
}

static bool study_scores(struct study_job *study) {
  const struct spec *spec = &study->job.pipeline.spec;
  const char *id = study->options->score;
  study->study = calloc(spec->n_scores + 1, sizeof *study->study);
  if (!study->study) {
    diag_error(study->job.diag, EXIT_RESOURCE, (struct place){NULL, 0},
               "no memory");
    return false;
  }
  for (size_t i = 0; i < spec->n_scores; i++) {
    if (id && strcmp(id, spec->scores[i]->id) != 0) continue;
    if (!study_model(&study->study[study->n], &study->from, i, study->job.arena,
                     study->job.diag))
      return false;
    study->n++;
  }
  return study->n > 0 || refuse_score(study);
}

/* --- report ----------------------------------------------------------------
 */
static void print_json(const struct study_job *study) {
  struct json json;
  json_start(&json, stdout);
  json_object(&json, NULL);
  json_string(&json, "config", study->options->config);
  json_string(&json, "data", study->options->data);
  json_count(&json, "points", study->from.n);
  json_array(&json, "scores");
  for (size_t i = 0; i < study->n; i++)
    model_report_json(&json, &study->study[i], &study->from);
  json_end(&json);
  json_bool(&json, "is_good", diag_errors(study->job.diag) == 0);
  json_end(&json);
  putchar('\n');
}

static void print_text(const struct study_job *study) {
  for (size_t i = 0; i < study->n; i++) {
    if (i > 0) putchar('\n');
    model_report_text(stdout, &study->study[i], &study->from);
  }
}

static enum exit_code check_model(const struct options *options) {
  struct study_job study = {.options = options};
  enum exit_code code = job_open(&study.job, options);
  study.from = (struct points_from){.spec = &study.job.pipeline.spec,
                                    .n = options->points};
  bool is_done = code == EXIT_DONE && read_data(&study) && study_scores(&study);
  if (is_done && options->json) print_json(&study);
  if (is_done && !options->json) print_text(&study);
  fflush(stdout);
  if (code == EXIT_DONE) code = diag_code(study.job.diag);
  if (code == EXIT_DONE && !is_done) code = EXIT_INTERNAL;
  job_messages(&study.job, code);
  baseline_free(&study.from.baseline);
  free(study.study);
  job_close(&study.job);
  return code;
}

int command_check_model(int argc, char **argv) {
  struct options options;
  enum exit_code code =
      options_parse(&options, OPTIONS_CHECK_MODEL, argc, argv, stdout, stderr);
  if (code == EXIT_DONE && !options.help) code = check_model(&options);
  options_free(&options);
  if (ferror(stdout) && code == EXIT_DONE) {
    perror("kac: error: standard output");
    code = EXIT_FILE;
  }
  return (int)code;
}
