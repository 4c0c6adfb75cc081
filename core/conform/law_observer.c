/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The law of observers, shown frames of a run or of points that stand still. */
#include <dirent.h>
#include <kac/sdk.h>
#include <stdlib.h>
#include <unistd.h>

#include "conform/laws.h"
#include "output/outputs.h"

/* --- frames ----------------------------------------------------------------
 */
struct watch {
  struct trial *trial;
  bool is_kept;
};

static kac_status tell(const struct watch *watch, const kac_frame *frame,
                       kac_error *err) {
  const kac_observer_ops *ops = watch->trial->component->ops;
  void *self = watch->trial->instance->self;
  kac_status status = KAC_OK;
  struct crash_site before = trial_enter(watch->trial);
  if ((frame->flags & KAC_FRAME_START) && ops->begin)
    status = ops->begin(self, err);
  if (status == KAC_OK) status = ops->record(self, frame, err);
  if (status == KAC_OK && (frame->flags & KAC_FRAME_FINAL) && ops->end)
    status = ops->end(self, err);
  crash_enter(before);
  return status;
}

static bool on_frame(void *context, const kac_frame *frame,
                     struct fault *fault) {
  struct watch *watch = context;
  size_t n = frame->n_particles * frame->n_replicates;
  size_t bytes = n * frame->x.ld * sizeof(double);
  kac_error err = {.row = -1};
  double *x = memory_alloc(bytes), *logw = memory_alloc(n * sizeof *logw);
  if (x) memcpy(x, frame->x.real, bytes);
  if (logw) memcpy(logw, frame->logw, n * sizeof *logw);
  kac_status status = tell(watch, frame, &err);
  err.msg[sizeof err.msg - 1] = '\0';
  if (status != KAC_OK)
    watch->is_kept = trial_broken(watch->trial, "step %llu: status %d: %s",
                                  (unsigned long long)frame->step, (int)status,
                                  err.msg[0] ? err.msg : "no message");
  else if ((x && memcmp(x, frame->x.real, bytes) != 0) ||
           (logw && memcmp(logw, frame->logw, n * sizeof *logw) != 0))
    watch->is_kept = trial_broken(
        watch->trial, "step %llu: it wrote into the frame, which is input",
        (unsigned long long)frame->step);
  free(x);
  free(logw);
  if (!watch->is_kept) fault_set(fault, EXIT_PLUGIN, "stopped");
  return watch->is_kept;
}

/* Three frames of points that stand still, one of weight zero. */
static void show_frames(struct watch *watch, const kac_crows *x, double *logw,
                        uint32_t *ancestor, double *each) {
  const struct spec *spec = watch->trial->spec;
  size_t n = spec->n_particles * spec->n_replicates;
  for (size_t i = 0; i < n; i++) {
    logw[i] = i == 1 ? -KAC_INF : -0.1 * (double)(i % 7);
    ancestor[i] = (uint32_t)(i % spec->n_particles);
  }
  for (size_t r = 0; r < spec->n_replicates; r++) {
    each[r] = each[2 * spec->n_replicates + r] = 0;
    each[spec->n_replicates + r] = (double)spec->n_particles;
  }
  for (size_t k = 0; k < 3 && watch->is_kept; k++) {
    size_t step = k * spec->n_steps / 2;
    struct fault fault;
    kac_frame frame = {.struct_size = sizeof frame,
                       .flags = k == 0   ? KAC_FRAME_START
                                : k == 2 ? KAC_FRAME_FINAL
                                         : 0,
                       .step = step,
                       .n_steps = spec->n_steps,
                       .t = spec->t[step],
                       .n_particles = spec->n_particles,
                       .n_replicates = spec->n_replicates,
                       .space = &spec->space,
                       .x = *x,
                       .logw = logw,
                       .ancestor = ancestor,
                       .log_z = each,
                       .ess = each + spec->n_replicates,
                       .unique = each + spec->n_replicates,
                       .log_z_err = KAC_NAN,
                       .accept = KAC_NAN,
                       .log_pairs = each + 2 * spec->n_replicates};
    (void)on_frame(watch, &frame, &fault);
  }
}

/* Dense rows of d numbers moved apart, the last first, with NaN between. */
static void spread_rows(double *x, size_t n, size_t d, size_t gap) {
  for (size_t i = n; gap > 0 && i-- > 0;) {
    memmove(x + i * (d + gap), x + i * d, d * sizeof *x);
    for (size_t k = 0; k < gap; k++) x[i * (d + gap) + d + k] = KAC_NAN;
  }
}

bool observer_show(struct trial *trial, size_t gap) {
  const struct spec *spec = trial->spec;
  size_t n = spec->n_particles * spec->n_replicates, d = spec->space.n_real;
  struct watch watch = {trial, true};
  double *x = memory_alloc(n * (d + gap) * sizeof *x);
  double *logw = memory_alloc(n * sizeof *logw);
  double *each = memory_alloc(3 * spec->n_replicates * sizeof *each);
  uint32_t *ancestor = memory_alloc(n * sizeof *ancestor);
  kac_crows rows = {x, d + gap, NULL, 0};
  if (!x || !logw || !each || !ancestor) {
    watch.is_kept = trial_broken(trial, "no memory for a frame");
  } else if (trial_points(trial, 4, n, x)) {
    spread_rows(x, n, d, gap);
    show_frames(&watch, &rows, logw, ancestor, each);
  }
  free(x);
  free(logw);
  free(each);
  free(ancestor);
  return watch.is_kept;
}

bool observer_use(struct trial *trial) {
  return observer_show(trial, 0);
}

/* --- the law ---------------------------------------------------------------
 */
/* A file of the folder beside the results, or NULL. */
static const char *stranger(const char *folder, char name[256]) {
  DIR *dir = opendir(folder);
  const struct dirent *entry;
  const char *found = NULL;
  while (dir && !found && (entry = readdir(dir))) {
    snprintf(name, 256, "%s", entry->d_name);
    if (name[0] != '.' && strcmp(name, "results") != 0) found = name;
  }
  if (dir) closedir(dir);
  return found;
}

/* A small run; frames alone where the pipeline is another's and may be long. */
static bool run_with(struct trial *trial) {
  struct watch watch = {trial, true};
  struct engine_hooks hooks = {.context = &watch, .on_frame = on_frame};
  struct run_result result = {0};
  struct fault fault = {0};
  if (trial->options->config) return observer_use(trial);
  (void)engine_run(trial->spec, &hooks, &result, &fault);
  run_result_free(&result);
  return watch.is_kept &&
         (fault.code == EXIT_DONE ||
          trial_broken(trial, "the run fails: %s", fault.text));
}

/* Once without files, and once with a folder for them. */
static bool observe(struct trial *trial, struct trial *filed,
                    struct host_outputs *outputs) {
  struct fault fault = {0};
  char name[256];
  if (chdir(trial->folder) != 0)
    return trial_skipped(trial, "no folder to be had: %s", trial->folder);
  if (!run_with(trial) || !run_with(filed)) return false;
  if (!outputs_commit(outputs, &fault))
    return trial_broken(trial, "its files cannot be kept: %s", fault.text);
  fflush(stdout);
  if (lseek(STDOUT_FILENO, 0, SEEK_END) > 0)
    return trial_broken(trial, "it prints: the host's log is there for texts");
  return !stranger(trial->folder, name) ||
         trial_broken(trial,
                      "it wrote '%s' into the working folder: files are made "
                      "with host->open_output",
                      name);
}

bool law_observes(struct trial *trial) {
  struct fault fault = {0};
  struct trial filed;
  char results[300];
  snprintf(results, sizeof results, "%s/results", trial->folder);
  if (!trial->folder[0]) return trial_skipped(trial, "no folder to be had");
  struct host_outputs *outputs = outputs_open(results, false, &fault);
  struct trial_wish wish = {.dim = trial->options->dim, .outputs = outputs};
  if (!outputs) return trial_skipped(trial, "%s", fault.text);
  bool is_kept =
      trial_open(&filed, trial->options, KAC_OBSERVER, &wish, trial->verdict);
  if (!is_kept)
    trial_broken(trial, "with a folder for results: %s",
                 trial_messages(&filed));
  is_kept = is_kept && observe(trial, &filed, outputs);
  trial_close(&filed);
  outputs_close(outputs);
  return is_kept;
}
