/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The loop: start, then per step one pass over all blocks, the reduction of
 * the weights, the frame, and resampling.  run.c has taken all memory before.
 */
#include "sampler/engine.h"

#include <kac/sdk.h>

#include "sampler/adapt.h"
#include "sampler/blame.h"
#include "sampler/resample.h"
#include "sampler/result.h"
#include "sampler/extent.h"
#include "sampler/stiff.h"
#include "sampler/trigger.h"

/* --- the loop --------------------------------------------------------------
 */
/* The failure of the lowest rows, whichever thread met it. */
static enum exit_code first_fault(const struct run *run, struct fault *fault) {
  const struct worker *first = NULL;
  for (size_t k = 0; k < run->n_threads; k++) {
    const struct worker *worker = &run->workers[k];
    if (worker->fault.code != 0 &&
        (!first || worker->fault_row < first->fault_row))
      first = worker;
  }
  if (!first) return EXIT_DONE;
  *fault = first->fault;
  return fault->code;
}

static bool is_extinct(const struct run *run) {
  for (size_t r = 0; r < run->population.n_replicates; r++)
    if (!run->replicates[r].is_extinct) return false;
  return true;
}

static enum exit_code extinct(const struct run *run, size_t step,
                              struct fault *fault) {
  char when[48], who[384], line[16] = "";
  struct place at = blame_place(run);
  if (at.line > 0) snprintf(line, sizeof line, ":%d", at.line);
  snprintf(when, sizeof when, "at step %zu of %zu", step, run->spec->n_steps);
  blame_text(run, who, sizeof who);
  fault_set(fault, EXIT_NUMERIC,
            "%s%s: error: extinct %s (t = %g): every particle of every "
            "replicate has weight zero%s; log Z = -inf; soften the potential "
            "or use more particles",
            at.file ? at.file : "kac", line, step > 0 ? when : "at the start",
            run->spec->t[step], who);
  return EXIT_NUMERIC;
}

static void sum_acceptance(struct run *run) {
  double sum = 0, n = 0;
  for (size_t k = 0; k < run->n_blocks; k++) {
    sum += run->accept_sum[k];
    n += run->accept_n[k];
    run->accept_sum[k] = run->accept_n[k] = 0;
  }
  run->accept = n > 0 ? sum / n : KAC_NAN;
  run->accept_total += sum;
  run->accept_count += n;
  if (run->accept_count > 0)
    run->accept_all = run->accept_total / run->accept_count;
}

static enum exit_code show(struct run *run, const struct engine_hooks *hooks,
                           const struct frame_arrays *arrays, size_t done,
                           struct fault *fault) {
  if (!hooks || !hooks->on_frame) return EXIT_DONE;
  kac_frame frame = result_frame(run, arrays, done);
  if (hooks->on_frame(hooks->context, &frame, fault)) return EXIT_DONE;
  return fault->code != 0 ? fault->code : EXIT_INTERNAL;
}

/* All rounds of a block at once are kind to the cache; a hundred passes over
 * the blocks show how far it is, and that it can be stopped. */
enum { BURN_IN_PASSES = 100 };

static void burn_in(struct run *run, const struct engine_hooks *hooks,
                    struct fault *fault) {
  size_t n = (size_t)run->spec->start.burn_in;
  size_t rounds = (n + BURN_IN_PASSES - 1) / BURN_IN_PASSES;
  while (run->round < n && first_fault(run, fault) == EXIT_DONE) {
    if (hooks && hooks->stop && *hooks->stop) return;
    run->round_end = rounds < n - run->round ? run->round + rounds : n;
    pool_run(run->pool, start_burn_in_block, run, run->n_blocks);
    run->round = run->round_end;
    if (hooks && hooks->on_burn_in)
      hooks->on_burn_in(hooks->context, run->round, n);
  }
}

static void note_ess(struct run *run, size_t done) {
  for (size_t r = 0; r < run->population.n_replicates; r++) {
    const struct replicate *replicate = &run->replicates[r];
    if (replicate->is_extinct || replicate->ess >= run->lowest_ess) continue;
    run->lowest_ess = replicate->ess;
    run->lowest_ess_step = done;
  }
}

static enum exit_code begin(struct run *run, const struct engine_hooks *hooks,
                            const struct frame_arrays *arrays,
                            struct fault *fault) {
  struct site site = {.worker = &run->workers[0], .n = 1, .is_start = true};
  if (path_at(&site, run->spec->t[0], &run->p0))
    pool_run(run->pool, start_block, run, run->n_blocks);
  run->has_field = run->keeps_field && run->knows_start;
  if (run->spec->start.burn_in > 0 && first_fault(run, fault) == EXIT_DONE) {
    burn_in(run, hooks, fault);
    run->has_field = run->n_moves > 0;
  }
  if (first_fault(run, fault) != EXIT_DONE) return fault->code;
  sum_acceptance(run);
  resample_reduce(run);
  run->lowest_ess = KAC_INF;
  note_ess(run, 0);
  run->start_rms = extent_of(run->population.x, NULL, run->population.n_rows,
                             run->population.n_real)
                       .rms;
  trigger_remember(run);
  for (size_t r = 0; r < run->population.n_replicates; r++)
    run->replicates[r].log_z_start = run->replicates[r].log_z;
  enum exit_code code = show(run, hooks, arrays, 0, fault);
  if (code == EXIT_DONE && is_extinct(run)) code = extinct(run, 0, fault);
  return code;
}

static enum exit_code one_step(struct run *run,
                               const struct engine_hooks *hooks,
                               const struct frame_arrays *arrays,
                               struct fault *fault) {
  const struct spec *spec = run->spec;
  struct site site = {.worker = &run->workers[0], .n = 1, .step = run->step};
  if (!path_at(&site, spec->t[run->step], &run->p0) || !adapt_step(run) ||
      !path_at(&site, spec->t[run->step + 1], &run->p1))
    return first_fault(run, fault);
  run->advance = run_advancing(spec, run->p0.progress);
  stiff_probe(run);
  pool_run(run->pool, move_block, run, run->n_blocks);
  if (first_fault(run, fault) != EXIT_DONE) return fault->code;
  run->has_field = run->keeps_field;
  sum_acceptance(run);
  resample_reduce(run);
  note_ess(run, run->step + 1);
  trigger_measure(run);
  enum exit_code code = show(run, hooks, arrays, run->step + 1, fault);
  if (code != EXIT_DONE) return code;
  if (is_extinct(run)) return extinct(run, run->step + 1, fault);
  resample_population(run);
  return first_fault(run, fault);
}

static enum exit_code all_steps(struct run *run,
                                const struct engine_hooks *hooks,
                                const struct frame_arrays *arrays,
                                struct fault *fault) {
  enum exit_code code = begin(run, hooks, arrays, fault);
  while (code == EXIT_DONE && run->step < run->spec->n_steps) {
    if (hooks && hooks->stop && *hooks->stop) {
      fault_set(fault, EXIT_INTERRUPTED, "stopped after step %zu of %zu",
                run->step, run->spec->n_steps);
      return EXIT_INTERRUPTED;
    }
    code = one_step(run, hooks, arrays, fault);
    if (code == EXIT_DONE) run->step++;
  }
  return code;
}

enum exit_code engine_run(const struct spec *spec,
                          const struct engine_hooks *hooks,
                          struct run_result *result, struct fault *fault) {
  struct run run;
  struct frame_arrays arrays = {0};
  double started = run_seconds();
  *result = (struct run_result){0};
  fault->code = EXIT_DONE;
  if (!run_set_up(&run, spec) ||
      !frame_arrays_new(&arrays, spec->n_replicates)) {
    fault_set(fault, EXIT_RESOURCE,
              "no memory for the population (%zu bytes wanted) or no "
              "thread (%zu wanted)",
              engine_memory(spec), spec->n_threads);
    run_tear_down(&run);
    return EXIT_RESOURCE;
  }
  enum exit_code code = all_steps(&run, hooks, &arrays, fault);
  if (!result_take(&run, result)) {
    fault_set(fault, EXIT_RESOURCE, "no memory for the results");
    code = EXIT_RESOURCE;
  }
  if (code == EXIT_DONE) code = first_fault(&run, fault);
  result->seconds = run_seconds() - started;
  frame_arrays_free(&arrays);
  run_tear_down(&run);
  return code;
}
