/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kac run CONFIG: check, sample, write, report.  Output files are opened before
 * anything is computed, so that a folder that cannot be written to costs no
 * computing time, and get their names only when all has gone well. */
#include <math.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/job.h"
#include "cli/observe.h"
#include "cli/stop.h"
#include "output/correctness.h"
#include "output/progress.h"
#include "output/report.h"
#include "output/resolved.h"
#include "output/run_json.h"
#include "output/samples.h"
#include "sampler/engine.h"

struct run {
  const struct options *options;
  struct job job;
  struct host_outputs *outputs;
  int samples, json, resolved; /* descriptors, -1: not written */
  struct settings settings;    /* where files are written */
  struct inputs inputs;
  struct progress progress;
  volatile sig_atomic_t *stop;
  struct run_result result;
  struct fault fault;
  enum exit_code code;   /* with which the run ends, for run.json */
  double start, seconds; /* of the whole command */
  time_t started;
};

/* A fault of an instance has its place in front already. */
static enum exit_code print_fault(const struct fault *fault) {
  bool has_place = strstr(fault->text, ": error: ") != NULL;
  fprintf(stderr, "%s%s\n", has_place ? "" : "kac: error: ", fault->text);
  return fault->code == EXIT_DONE ? EXIT_INTERNAL : fault->code;
}

static bool open_file(struct run *run, const char *name, int *fd) {
  if (!run->options->output) return true;
  *fd = outputs_create(run->outputs, name, &run->fault);
  return *fd >= 0;
}

static enum exit_code open_outputs(struct run *run) {
  const struct options *options = run->options;
  run->outputs = outputs_open(options->output, options->overwrite, &run->fault);
  bool is_good = run->outputs && open_file(run, "run.json", &run->json) &&
                 open_file(run, "resolved.cfg", &run->resolved) &&
                 (!run->job.pipeline.output.samples ||
                  open_file(run, "samples.npz", &run->samples));
  return is_good ? EXIT_DONE : print_fault(&run->fault);
}

static bool on_frame(void *context, const kac_frame *frame,
                     struct fault *fault) {
  struct run *run = context;
  progress_frame(&run->progress, frame, progress_now());
  return observe_record(&run->job.pipeline.spec, frame, fault);
}

static void on_burn_in(void *context, size_t done, size_t n_rounds) {
  struct run *run = context;
  progress_burn_in(&run->progress, done, n_rounds, progress_now());
}

static enum exit_code print_interrupted(const struct run *run) {
  const struct run_result *result = &run->result;
  int number = (int)*run->stop;
  fprintf(stderr,
          "kac: stopped by signal %d (%s) after %zu of %zu steps: log Z so far "
          "%.5g, ESS %.4g of %zu; no files were written\n",
          number, strsignal(number), result->steps_done, result->n_steps,
          result->log_z, result->ess, result->n_particles);
  return (enum exit_code)(128 + number);
}

static struct report make_report(const struct run *run) {
  return (struct report){.spec = &run->job.pipeline.spec,
                         .result = &run->result,
                         .outputs = run->outputs,
                         .seconds = run->seconds};
}

static bool write_json(struct run *run) {
  struct run_record record = {.report = make_report(run),
                              .settings = &run->settings,
                              .inputs = &run->inputs,
                              .config_path = run->options->config,
                              .argc = run->options->argc,
                              .argv = run->options->argv,
                              .overrides = &run->job.overrides,
                              .code = run->code,
                              .started = run->started};
  return run_json_write(run->json, &record, &run->fault);
}

static bool write_record(struct run *run) {
  return resolved_write(run->resolved, &run->job.pipeline, &run->settings,
                        &run->fault) &&
         write_json(run);
}

static bool write_files(struct run *run) {
  const struct pipeline *pipeline = &run->job.pipeline;
  if (!run->options->output) return true;
  bool is_good =
      (run->samples < 0 || samples_write(run->samples, &pipeline->spec,
                                         &run->result, &run->fault)) &&
      write_record(run);
  return is_good && outputs_commit(run->outputs, &run->fault);
}

static bool is_extinct(const struct run_result *result) {
  return result->n_replicates > 0 && result->n_extinct == result->n_replicates;
}

/* An answer, Z = 0, though without samples: a script finds it in run.json. */
static void record_extinct(struct run *run) {
  if (!run->options->output) return;
  run->seconds = progress_now() - run->start;
  outputs_leave_out(run->outputs);
  if (!write_record(run) || !outputs_commit(run->outputs, &run->fault))
    print_fault(&run->fault);
}

static enum exit_code sample(struct run *run) {
  const struct spec *spec = &run->job.pipeline.spec;
  struct engine_hooks hooks = {run, on_frame, run->stop, on_burn_in};
  if (!observe_begin(spec, &run->fault)) return print_fault(&run->fault);
  progress_open(&run->progress, stderr, run->options->quiet, progress_now());
  enum exit_code code = engine_run(spec, &hooks, &run->result, &run->fault);
  progress_close(&run->progress);
  bool is_short = run->result.steps_done < run->result.n_steps;
  if (code == EXIT_INTERRUPTED || (code == EXIT_DONE && is_short))
    return print_interrupted(run);
  if (code == EXIT_DONE) return code;
  run->code = print_fault(&run->fault);
  if (run->code == EXIT_NUMERIC && is_extinct(&run->result)) {
    correctness_warn(stderr, spec, &run->result);
    record_extinct(run);
  }
  return run->code;
}

static enum exit_code finish(struct run *run) {
  bool is_good = observe_end(&run->job.pipeline.spec, &run->fault);
  run->seconds = progress_now() - run->start;
  if (!is_good || !write_files(run)) return print_fault(&run->fault);
  struct report report = make_report(run);
  report_print(stdout, &report);
  if (fflush(stdout) == 0 && !ferror(stdout)) return EXIT_DONE;
  perror("kac: error: standard output");
  return EXIT_FILE;
}

static enum exit_code create(struct run *run) {
  bool is_good =
      pipeline_create(&run->job.pipeline, run->outputs, run->job.diag);
  enum exit_code code = is_good ? EXIT_DONE : diag_code(run->job.diag);
  job_messages(&run->job, code);
  return is_good || code != EXIT_DONE ? code : EXIT_INTERNAL;
}

/* What the files will say of the config, before anything changes. */
static enum exit_code note_config(struct run *run) {
  const struct pipeline *pipeline = &run->job.pipeline;
  if (!run->options->output) return EXIT_DONE;
  if (settings_collect(&run->settings, pipeline) &&
      inputs_read(&run->inputs, pipeline, &run->settings))
    return EXIT_DONE;
  fault_set(&run->fault, EXIT_RESOURCE, "no memory for the settings");
  return print_fault(&run->fault);
}

static void close_run(struct run *run) {
  const int fd[] = {run->samples, run->json, run->resolved};
  for (size_t i = 0; i < 3; i++)
    if (fd[i] >= 0) close(fd[i]);
  run_result_free(&run->result);
  settings_free(&run->settings);
  job_close(&run->job); /* observers may still look at the outputs */
  outputs_close(run->outputs);
}

static enum exit_code run_config(const struct options *options) {
  struct run run = {.options = options,
                    .samples = -1,
                    .json = -1,
                    .resolved = -1,
                    .start = progress_now(),
                    .started = time(NULL)};
  enum exit_code code = job_open(&run.job, options);
  job_messages(&run.job, code);
  run.stop = stop_install();
  if (code == EXIT_DONE) code = open_outputs(&run);
  if (code == EXIT_DONE) code = create(&run);
  if (code == EXIT_DONE) code = note_config(&run);
  if (code == EXIT_DONE) code = sample(&run);
  if (code == EXIT_DONE) code = finish(&run);
  close_run(&run);
  return code;
}

int command_run(int argc, char **argv) {
  struct options options;
  enum exit_code code =
      options_parse(&options, OPTIONS_RUN, argc, argv, stdout, stderr);
  if (code == EXIT_DONE && !options.help) code = run_config(&options);
  options_free(&options);
  return (int)code;
}
