/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The state of a run: what it needs of memory, setting it up, tearing it down,
 * and small services for the stages. */
#include "sampler/run.h"

#include <kac/sdk.h>
#include <stdlib.h>
#include <time.h>

#include "memory.h"
#include "sampler/adapt.h"
#include "sampler/cess.h"
#include "sampler/children.h"
#include "sampler/own.h"
#include "sampler/resample.h"
#include "sampler/sampled.h"
#include "sampler/twist.h"

/* --- services for the stages (run.h) -------------------------------------- */
double run_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void run_chunk(const struct run *run, size_t item, size_t *first, size_t *n) {
  size_t per = run->chunks_per_replicate, size = run->population.n_particles;
  size_t begin = item % per * WEIGHTS_CHUNK;
  size_t left = size - begin;
  *first = item / per * size + begin;
  *n = left < WEIGHTS_CHUNK ? left : WEIGHTS_CHUNK;
}

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

/* Rounding of progress; two windows that meet share a grid time in no case. */
static const double SLACK = 1e-12;

bool run_is_active(const struct spec_integrator *entry, double progress) {
  double begin = entry->from - SLACK, end = entry->to - SLACK;
  bool is_point = !(entry->from < entry->to);
  if (is_point || entry->to >= 1) end = entry->to + SLACK;
  return progress >= begin && progress < end;
}

const struct spec_integrator *run_advancing(const struct spec *spec,
                                            double progress) {
  for (size_t i = 0; i < spec->n_integrators; i++)
    if ((run_ops(&spec->integrators[i])->role & KAC_ADVANCES) &&
        run_is_active(&spec->integrators[i], progress))
      return &spec->integrators[i];
  return NULL;
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

static bool needs_x0(const struct spec *spec) {
  for (size_t i = 0; i < spec->n_integrators; i++)
    if (run_ops(&spec->integrators[i])->needs_field & KAC_Q_X0) return true;
  return twist_needs_x0(spec);
}

static struct population_needs needs_of(const struct spec *spec) {
  struct path path;
  path_init(&path, spec);
  struct population_needs needs = {.n_slots = path.n_slots,
                                   .n_twist = twist_size(spec),
                                   .cache = keeps_field(spec)};
  needs.x0 = needs.cache && needs_x0(spec);
  for (size_t i = 0; i < spec->n_instances; i++)
    needs.pstate_bytes += (spec->instances[i]->plan.pstate_bytes + 7) / 8 * 8;
  return needs;
}

bool run_advances(const struct spec *spec) {
  for (size_t i = 0; i < spec->n_integrators; i++)
    if (run_ops(&spec->integrators[i])->role & KAC_ADVANCES) return true;
  return false;
}

/* The start's density, and so log Z itself, is known if log pi and log start
 * both are; after a burn-in the start's is not. */
static bool knows_start(const struct spec *spec) {
  const struct spec_start *start = &spec->start;
  if (start->burn_in > 0 || spec->weights == WEIGHTS_OFF) return false;
  for (size_t i = 0; i < spec->n_terms; i++)
    if (!(instance_provides(spec->terms[i].score) & KAC_Q_LOGP)) return false;
  if (start->law == START_FILE) return start->logp.n > 0;
  if (start->law == START_SCORE)
    return (instance_provides(start->score) & KAC_Q_LOGP) != 0;
  return (spec->n_terms > 0 || !run_advances(spec)) && start->variance > 0;
}

/* Populations resampled at once: no more than there are. */
static size_t n_resamplers(const struct spec *spec) {
  return spec->n_threads < spec->n_replicates ? spec->n_threads
                                              : spec->n_replicates;
}

/* Rows of doubles that the conditional ESS needs. */
static size_t cess_columns(const struct spec *spec) {
  bool is_seen = spec->resampler.instance && spec->resampler.cess_below > 0;
  return is_seen ? 2 : spec->adapt > 0 ? 1 : 0;
}

static size_t worker_bytes(const struct spec *spec,
                           const struct population_needs *needs) {
  size_t bytes = (path_scratch(spec, spec->block) +
                  move_scratch(spec, needs->n_slots, spec->block) +
                  sampled_scratch(spec, spec->block) +
                  children_scratch(spec, needs, spec->block)) *
                 sizeof(double);
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
  size_t kept = 1 + spec->n_potentials +
                (spec->keeps_logp ? spec->n_scores : 0) + cess_columns(spec);
  bool fits =
      add_bytes(spec->n_threads, worker_bytes(spec, &needs), &sum) &&
      add_bytes(n_resamplers(spec), resample_scratch_bytes(spec), &sum) &&
      add_bytes(spec->n_replicates, per_replicate, &sum) &&
      add_bytes(spec->n_steps + 1, sizeof(double), &sum) &&
      add_bytes(n_rows, kept * sizeof(double), &sum) &&
      add_bytes(1, own_bytes(spec), &sum);
  return fits ? sum : SIZE_MAX;
}

/* --- setting up ------------------------------------------------------------
 */
static bool new_workers(struct run *run, const struct population_needs *needs) {
  const struct spec *spec = run->spec;
  size_t n_all = spec->n_instances;
  size_t children = children_scratch(spec, needs, spec->block);
  run->workers = memory_alloc(run->n_threads * sizeof *run->workers);
  run->resample_scratch =
      memory_alloc(run->n_resamplers * sizeof *run->resample_scratch);
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
    worker->move_scratch = memory_alloc(
        move_scratch(spec, needs->n_slots, spec->block) * sizeof(double));
    worker->twist_scratch =
        memory_alloc(sampled_scratch(spec, spec->block) * sizeof(double));
    if (children > 0)
      worker->child_scratch = memory_alloc(children * sizeof(double));
    if (!worker->scratch || !worker->field_scratch || !worker->move_scratch ||
        !worker->twist_scratch || (children > 0 && !worker->child_scratch))
      return false;
    for (size_t i = 0; i < n_all; i++) {
      size_t size = spec->instances[i]->plan.scratch_bytes;
      worker->scratch[i] = size > 0 ? memory_alloc(size) : NULL;
      if (size > 0 && !worker->scratch[i]) return false;
    }
  }
  for (size_t k = 0; k < run->n_resamplers; k++) {
    run->resample_scratch[k] = memory_alloc(resample_scratch_bytes(spec) + 64);
    if (!run->resample_scratch[k]) return false;
  }
  return true;
}

static bool new_cess(struct run *run, size_t n_chunks) {
  size_t bytes = run->population.n_rows * sizeof(double);
  size_t n_columns = cess_columns(run->spec);
  if (n_columns == 0) return true;
  if (n_columns == 2) run->last_logw = memory_alloc(bytes);
  run->increment = memory_alloc(bytes);
  run->cess_chunks = memory_alloc(n_chunks * sizeof *run->cess_chunks);
  return (run->last_logw || n_columns == 1) && run->increment &&
         run->cess_chunks;
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
         run->accept_sum && run->accept_n && new_cess(run, chunks);
}

bool run_set_up(struct run *run, const struct spec *spec) {
  struct population_needs needs = needs_of(spec);
  *run = (struct run){.spec = spec,
                      .n_threads = spec->n_threads,
                      .n_resamplers = n_resamplers(spec),
                      .keeps_field = needs.cache,
                      .knows_start = knows_start(spec),
                      .n_moves = count_moves(spec),
                      .accept = KAC_NAN,
                      .accept_all = KAC_NAN};
  if (!adapt_set_up(run)) return false;
  spec = run->spec;
  path_init(&run->path, spec);
  run->pstate_offset =
      memory_alloc((spec->n_instances + 1) * sizeof *run->pstate_offset);
  if (!run->pstate_offset) return false;
  size_t offset = 0;
  for (size_t i = 0; i < spec->n_instances; i++) {
    run->pstate_offset[i] = offset;
    offset += (spec->instances[i]->plan.pstate_bytes + 7) / 8 * 8;
    atomic_store(&spec->instances[i]->n_rows, 0);
    atomic_store(&spec->instances[i]->n_vjps, 0);
  }
  if (!population_new(&run->population, spec, &needs)) return false;
  run->n_blocks = (run->population.n_rows + spec->block - 1) / spec->block;
  run->pool = pool_new(run->n_threads);
  return run->pool && new_workers(run, &needs) && new_reductions(run);
}

void run_tear_down(struct run *run) {
  for (size_t k = 0; run->workers && k < run->n_threads; k++) {
    struct worker *worker = &run->workers[k];
    for (size_t i = 0; worker->scratch && i < run->spec->n_instances; i++)
      free(worker->scratch[i]);
    free(worker->scratch);
    free(worker->field_scratch);
    free(worker->move_scratch);
    free(worker->child_scratch);
    free(worker->twist_scratch);
  }
  for (size_t k = 0; run->resample_scratch && k < run->n_resamplers; k++)
    free(run->resample_scratch[k]);
  adapt_tear_down(run);
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
  free(run->last_logw);
  free(run->increment);
  free(run->cess_chunks);
  population_free(&run->population);
}
