/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kac check CONFIG: everything that can be known before running. */
#include "cli/commands.h"
#include "cli/explain.h"
#include "cli/job.h"
#include "output/report.h"

static void print_result(struct job *job, const struct options *options) {
  char memory[160];
  job_memory(job, memory, sizeof memory);
  job_messages(job, EXIT_DONE);
  if (options->explain) explain_print(stdout, &job->pipeline);
  size_t n = diag_warnings(job->diag);
  printf("%s: ok", options->config);
  if (n > 0) printf(" with %zu warning%s", n, n == 1 ? "" : "s");
  printf("; %s; %s\n", report_class(job->pipeline.spec.correctness), memory);
}

static enum exit_code check(const struct options *options) {
  struct job job;
  enum exit_code code = job_open(&job, options);
  if (code == EXIT_DONE)
    print_result(&job, options);
  else
    job_messages(&job, code);
  job_close(&job);
  return code;
}

int command_check(int argc, char **argv) {
  struct options options;
  enum exit_code code =
      options_parse(&options, OPTIONS_CHECK, argc, argv, stdout, stderr);
  if (code == EXIT_DONE && !options.help) code = check(&options);
  options_free(&options);
  if (fflush(stdout) != 0 && code == EXIT_DONE) {
    perror("kac: error: standard output");
    code = EXIT_FILE;
  }
  return (int)code;
}
