/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The loop: start, then per step one pass over all blocks, the reduction of
 * the weights, the frame, and resampling.  Memory is taken before the loop. */
#include "sampler/engine.h"

#include <kac/sdk.h>
#include <stdlib.h>
#include <time.h>

#include "memory.h"
#include "sampler/resample.h"
#include "sampler/result.h"
#include "sampler/twist.h"

/* --- services for the stages (run.h) -------------------------------------- */
struct site run_site(const struct run *run, size_t block, size_t thread) {
  const struct population *population = &run->population;
  size_t first = block * run->spec->block, left = population->n_rows - first;
  return (struct site){
      .worker = &run->workers[thread],
      .row0 = first,
      .n = left < run->spec->block ? left : run->spec->block,
      .step = run->step,
      .pstate = population->pstate
                    ? population->pstate + first * population->pstate_stride
                    : NULL,
      .pstate_stride = population->pstate_stride};
}

kac_coeffs run_coeffs(const struct path_point *point,
                      const struct spec_integrator *entry) {
  kac_coeffs c = point->c;
  double zeta = ramp_at(&entry->noise, point->progress);
  c.eps = 0.5 * zeta * zeta * c.g2;
  return c;
}

bool run_is_active(const struct spec_integrator *entry, double progress) {
  return progress >= entry->from && progress <= entry->to;
}

/* --- what a run needs ------------------------------------------------------
 */
static size_t count_moves(const struct spec *spec) {
  size_t n = 0;
  for (size_t i = 0; i < spec->n_integrators; i++)
    n += (run_ops(&spec->integrators[i])->role & KAC_INVARIANT) != 0;
  return n;
}

static bool keeps_field(const struct spec *spec) {
  if (count_moves(spec) > 0 || spec->weights == WEIGHTS_DENSITY) return true;
  for (size_t k = 1; k < spec->n_steps; k++)
    if (twist_needs_field(spec, k)) return true;
  return false;
}

static struct population_needs needs_of(const struct spec *spec) {
  struct path path;
  path_init(&path, spec);
  struct population_needs needs = {.n_slots = path.n_slots,
                                   .n_twist = twist_size(spec),
                                   .cache = keeps_field(spec)};
  needs.x0 = needs.cache && twist_needs_x0(spec);
  for (size_t i = 0; i < spec->n_instances; i++)
    needs.pstate_bytes += (spec->instances[i]->plan.pstate_bytes + 7) / 8 * 8;
  return needs;
}

/* The start's density, and so log Z itself, is known if log pi and log start
 * both are; after a burn-in the start's is not. */
static bool knows_start(const struct spec *spec) {
  const struct spec_start *start = &spec->start;
  if (start->burn_in > 0 || spec->weights == WEIGHTS_OFF) return false;
  for (size_t i = 0; i < spec->n_terms; i++)
    if (!(spec->terms[i].score->component->provides & KAC_Q_LOGP)) return false;
  if (start->law == START_FILE) return start->logp.n > 0;
  if (start->law == START_SCORE)
    return (start->score->component->provides & KAC_Q_LOGP) != 0;
  return spec->n_terms > 0 && start->variance > 0;
}

static size_t worker_bytes(const struct spec *spec, size_t n_slots) {
  size_t bytes = path_scratch(spec, spec->block) * sizeof(double) +
                 move_scratch(spec, n_slots, spec->block) * sizeof(double) +
                 resample_scratch_bytes(spec);
  for (size_t i = 0; i < spec->n_instances; i++)
    bytes += spec->instances[i]->plan.scratch_bytes + 64;
  return bytes;
}

/* sum += n * bytes, false when that does not fit. */
static bool add_bytes(size_t n, size_t bytes, size_t *sum) {
  size_t product;
  if (!memory_product(n, bytes, &product) || product > SIZE_MAX - *sum)
    return false;
  *sum += product;
  return true;
}

size_t engine_memory(const struct spec *spec) {
  struct population_needs needs = needs_of(spec);
  size_t sum = population_bytes(spec, &needs), n_rows;
  if (sum == SIZE_MAX ||
      !memory_product(spec->n_particles, spec->n_replicates, &n_rows))
    return SIZE_MAX;
  size_t per_replicate = sizeof(struct replicate) + 12 * sizeof(double);
  /* The result's own arrays: log-weights, potentials, log-densities. */
  size_t kept =
      1 + spec->n_potentials + (spec->keeps_logp ? spec->n_scores : 0);
  bool fits =
      add_bytes(spec->n_threads, worker_bytes(spec, needs.n_slots), &sum) &&
      add_bytes(spec->n_replicates, per_replicate, &sum) &&
      add_bytes(n_rows, kept * sizeof(double), &sum);
  return fits ? sum : SIZE_MAX;
}

/* --- setting up ------------------------------------------------------------
 */
static bool new_workers(struct run *run) {
  const struct spec *spec = run->spec;
  size_t n_slots = run->path.n_slots, n_all = spec->n_instances;
  run->workers = memory_alloc(run->n_threads * sizeof *run->workers);
  run->resample_scratch =
      memory_alloc(run->n_threads * sizeof *run->resample_scratch);
  if (!run->workers || !run->resample_scratch) return false;
  for (size_t k = 0; k < run->n_threads; k++) {
    struct worker *worker = &run->workers[k];
    worker->path = &run->path;
    worker->spec = spec;
    worker->calls = &call_services;
    worker->pstate_offset = run->pstate_offset;
    worker->scratch = memory_alloc((n_all + 1) * sizeof *worker->scratch);
    worker->field_scratch =
        memory_alloc(path_scratch(spec, spec->block) * sizeof(double));
    worker->move_scratch =
        memory_alloc(move_scratch(spec, n_slots, spec->block) * sizeof(double));
    size_t bytes = resample_scratch_bytes(spec);
    run->resample_scratch[k] = memory_alloc(bytes + 64);
    if (!worker->scratch || !worker->field_scratch || !worker->move_scratch ||
        !run->resample_scratch[k])
      return false;
    for (size_t i = 0; i < n_all; i++) {
      size_t size = spec->instances[i]->plan.scratch_bytes;
      worker->scratch[i] = size > 0 ? memory_alloc(size) : NULL;
      if (size > 0 && !worker->scratch[i]) return false;
    }
  }
  return true;
}

static bool new_reductions(struct run *run) {
  size_t n = run->population.n_replicates;
  run->chunks_per_replicate =
      (run->population.n_particles + WEIGHTS_CHUNK - 1) / WEIGHTS_CHUNK;
  size_t chunks = n * run->chunks_per_replicate;
  run->replicates = memory_alloc(n * sizeof *run->replicates);
  run->chunks = memory_alloc(chunks * sizeof *run->chunks);
  run->chunk_max = memory_alloc(chunks * sizeof *run->chunk_max);
  run->values = memory_alloc(n * sizeof *run->values);
  run->accept_sum = memory_alloc(run->n_blocks * sizeof *run->accept_sum);
  run->accept_n = memory_alloc(run->n_blocks * sizeof *run->accept_n);
  for (size_t r = 0; run->replicates && r < n; r++)
    run->replicates[r].unique = (double)run->population.n_particles;
  return run->replicates && run->chunks && run->chunk_max && run->values &&
         run->accept_sum && run->accept_n;
}

static bool set_up(struct run *run, const struct spec *spec) {
  struct population_needs needs = needs_of(spec);
  *run = (struct run){.spec = spec,
                      .n_threads = spec->n_threads,
                      .keeps_field = needs.cache,
                      .knows_start = knows_start(spec),
                      .n_moves = count_moves(spec),
                      .accept = KAC_NAN,
                      .accept_all = KAC_NAN};
  path_init(&run->path, spec);
  run->pstate_offset =
      memory_alloc((spec->n_instances + 1) * sizeof *run->pstate_offset);
  if (!run->pstate_offset) return false;
  size_t offset = 0;
  for (size_t i = 0; i < spec->n_instances; i++) {
    run->pstate_offset[i] = offset;
    offset += (spec->instances[i]->plan.pstate_bytes + 7) / 8 * 8;
    atomic_store(&spec->instances[i]->n_rows, 0);
  }
  if (!population_new(&run->population, spec, &needs)) return false;
  run->n_blocks = (run->population.n_rows + spec->block - 1) / spec->block;
  run->pool = pool_new(run->n_threads);
  return run->pool && new_workers(run) && new_reductions(run);
}

static void tear_down(struct run *run) {
  for (size_t k = 0; run->workers && k < run->n_threads; k++) {
    struct worker *worker = &run->workers[k];
    for (size_t i = 0; worker->scratch && i < run->spec->n_instances; i++)
      free(worker->scratch[i]);
    free(worker->scratch);
    free(worker->field_scratch);
    free(worker->move_scratch);
    free(run->resample_scratch[k]);
  }
  pool_free(run->pool);
  free(run->workers);
  free(run->resample_scratch);
  free(run->pstate_offset);
  free(run->replicates);
  free(run->chunks);
  free(run->chunk_max);
  free(run->values);
  free(run->accept_sum);
  free(run->accept_n);
  population_free(&run->population);
}

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

static enum exit_code begin(struct run *run, const struct engine_hooks *hooks,
                            const struct frame_arrays *arrays,
                            struct fault *fault) {
  struct site site = {.worker = &run->workers[0], .n = 1};
  if (path_at(&site, run->spec->t[0], &run->p0))
    pool_run(run->pool, start_block, run, run->n_blocks);
  run->has_field = run->keeps_field && run->knows_start;
  if (run->spec->start.burn_in > 0 && first_fault(run, fault) == EXIT_DONE) {
    pool_run(run->pool, start_burn_in_block, run, run->n_blocks);
    run->has_field = run->n_moves > 0;
  }
  if (first_fault(run, fault) != EXIT_DONE) return fault->code;
  sum_acceptance(run);
  resample_reduce(run);
  for (size_t r = 0; r < run->population.n_replicates; r++)
    run->replicates[r].log_z_start = run->replicates[r].log_z;
  return show(run, hooks, arrays, 0, fault);
}

static const struct spec_integrator *advancing(const struct run *run) {
  const struct spec *spec = run->spec;
  for (size_t i = 0; i < spec->n_integrators; i++)
    if ((run_ops(&spec->integrators[i])->role & KAC_ADVANCES) &&
        run_is_active(&spec->integrators[i], run->p0.progress))
      return &spec->integrators[i];
  return NULL;
}

static enum exit_code one_step(struct run *run,
                               const struct engine_hooks *hooks,
                               const struct frame_arrays *arrays,
                               struct fault *fault) {
  const struct spec *spec = run->spec;
  struct site site = {.worker = &run->workers[0], .n = 1, .step = run->step};
  if (!path_at(&site, spec->t[run->step], &run->p0) ||
      !path_at(&site, spec->t[run->step + 1], &run->p1))
    return first_fault(run, fault);
  run->advance = advancing(run);
  pool_run(run->pool, move_block, run, run->n_blocks);
  if (first_fault(run, fault) != EXIT_DONE) return fault->code;
  run->has_field = run->keeps_field;
  sum_acceptance(run);
  resample_reduce(run);
  enum exit_code code = show(run, hooks, arrays, run->step + 1, fault);
  if (code != EXIT_DONE) return code;
  if (is_extinct(run)) {
    fault_set(fault, EXIT_NUMERIC,
              "error: extinct at step %zu of %zu (t = %g): every particle of "
              "every replicate has weight zero; log Z = -inf",
              run->step + 1, spec->n_steps, spec->t[run->step + 1]);
    return EXIT_NUMERIC;
  }
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

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

enum exit_code engine_run(const struct spec *spec,
                          const struct engine_hooks *hooks,
                          struct run_result *result, struct fault *fault) {
  struct run run;
  struct frame_arrays arrays = {0};
  double started = seconds();
  *result = (struct run_result){0};
  fault->code = EXIT_DONE;
  if (!set_up(&run, spec) || !frame_arrays_new(&arrays, spec->n_replicates)) {
    fault_set(fault, EXIT_RESOURCE,
              "error: no memory for the population (%zu bytes wanted) or no "
              "thread (%zu wanted)",
              engine_memory(spec), spec->n_threads);
    tear_down(&run);
    return EXIT_RESOURCE;
  }
  enum exit_code code = all_steps(&run, hooks, &arrays, fault);
  if (!result_take(&run, result)) {
    fault_set(fault, EXIT_RESOURCE, "error: no memory for the results");
    code = EXIT_RESOURCE;
  }
  if (code == EXIT_DONE) code = first_fault(&run, fault);
  result->seconds = seconds() - started;
  frame_arrays_free(&arrays);
  tear_down(&run);
  return code;
}
