/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a command line to a checked pipeline. */
#include "cli/job.h"

#include <string.h>

#include "output/number.h"

static bool apply_sets(struct job *job, const struct options *options) {
  bool is_good = true;
  for (size_t i = 0; i < options->n_sets; i++)
    is_good =
        tree_set(job->arena, job->pipeline.root, options->sets[i].assignment,
                 options->sets[i].at, job->diag) &&
        is_good;
  return is_good;
}

static enum exit_code failed(const struct job *job) {
  enum exit_code code = diag_code(job->diag);
  return code == EXIT_DONE ? EXIT_INTERNAL : code;
}

enum exit_code job_open(struct job *job, const struct options *options) {
  struct pipeline *pipeline = &job->pipeline;
  *job = (struct job){.arena = arena_new(),
                      .diag = diag_new(),
                      .overrides = options->overrides};
  if (!job->arena || !job->diag) return EXIT_RESOURCE;
  pipeline->arena = pipeline->search.arena = job->arena;
  pipeline->config_path = options->config;
  pipeline->overrides = pipeline->search.overrides = &job->overrides;
  pipeline->base = tree_folder(job->arena, options->config);
  if (!pipeline->base) return EXIT_RESOURCE;
  for (size_t i = 0; i < options->n_plugin_paths; i++)
    search_add(&pipeline->search, options->plugin_paths[i], "--plugin-path",
               NULL);
  pipeline->root =
      tree_read(job->arena, options->config, &job->overrides, job->diag);
  if (!pipeline->root || !apply_sets(job, options)) return failed(job);
  return pipeline_check(pipeline, job->diag) ? EXIT_DONE : failed(job);
}

void job_close(struct job *job) {
  if (job->pipeline.arena) pipeline_destroy(&job->pipeline);
  diag_free(job->diag);
  arena_free(job->arena);
  *job = (struct job){0};
}

void job_memory(const struct job *job, char *text, size_t bytes) {
  char need[NUMBER_BYTES], have[NUMBER_BYTES];
  snprintf(text, bytes, "a run needs about %s of memory, %s are free",
           number_memory(job->pipeline.memory, need),
           number_memory(memory_available(), have));
}

void job_messages(struct job *job, enum exit_code code) {
  if (job->diag) diag_print(job->diag, stderr);
  bool is_told = job->diag && diag_errors(job->diag) > 0;
  if (code == EXIT_RESOURCE && !is_told)
    fputs("kac: error: no memory\n", stderr);
}
