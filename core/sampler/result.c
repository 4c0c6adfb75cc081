/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frames and results: statistics over replicates, no mathematics of paths. */
#include "sampler/result.h"

#include <kac/sdk.h>
#include <stdlib.h>

#include "memory.h"
#include "sampler/extent.h"
#include "sampler/lineage.h"
#include "sampler/trigger.h"
#include "sampler/resample.h"
#include "sampler/shares.h"
#include "sampler/twist.h"

bool frame_arrays_new(struct frame_arrays *arrays, size_t n_replicates) {
  arrays->log_z = memory_alloc(4 * n_replicates * sizeof *arrays->log_z);
  if (!arrays->log_z) return false;
  arrays->ess = arrays->log_z + n_replicates;
  arrays->unique = arrays->ess + n_replicates;
  arrays->log_pairs = arrays->unique + n_replicates;
  return true;
}

void frame_arrays_free(struct frame_arrays *arrays) {
  free(arrays->log_z);
}

kac_frame result_frame(const struct run *run, const struct frame_arrays *arrays,
                       uint64_t steps_done) {
  const struct population *population = &run->population;
  const struct spec *spec = run->spec;
  size_t n = population->n_replicates;
  bool is_last = steps_done == spec->n_steps;
  kac_frame frame = {.struct_size = sizeof frame,
                     .flags = (steps_done == 0 ? KAC_FRAME_START : 0u) |
                              (is_last ? KAC_FRAME_FINAL : 0u),
                     .step = steps_done,
                     .n_steps = spec->n_steps,
                     .t = spec->t[steps_done],
                     .n_particles = population->n_particles,
                     .n_replicates = n,
                     .space = &spec->space,
                     .x = {population->x, population->n_real, NULL, 0},
                     .logw = population->logw,
                     .ancestor = population->lineage,
                     .log_z = arrays->log_z,
                     .ess = arrays->ess,
                     .unique = arrays->unique,
                     .accept = run->accept,
                     .log_pairs = arrays->log_pairs};
  for (size_t r = 0; r < n; r++) {
    const struct replicate *replicate = &run->replicates[r];
    arrays->log_z[r] = replicate->log_z;
    arrays->ess[r] = replicate->ess;
    arrays->unique[r] = replicate->unique;
    arrays->log_pairs[r] = replicate->log_pairs;
    if (steps_done > 0 && trigger_is_due(spec, run->step, replicate))
      frame.flags |= KAC_FRAME_RESAMPLED;
  }
  weights_combine(arrays->log_z, n, &frame.log_z_mean, &frame.log_z_err);
  if (spec->correctness >= UNCORRECTED)
    frame.log_z_mean = frame.log_z_err = KAC_NAN;
  return frame;
}

static double *new_values(size_t n) {
  return memory_alloc((n > 0 ? n : 1) * sizeof(double));
}

static bool allocate(const struct run *run, struct run_result *result) {
  size_t n = run->population.n_replicates, rows = run->population.n_rows;
  const struct spec *spec = run->spec;
  result->logw = new_values(rows);
  result->log_z_each = new_values(n);
  result->log_z_start_each = new_values(n);
  result->ess_each = new_values(n);
  result->unique_each = new_values(n);
  result->resamplings_each = new_values(n);
  result->lineage_variance_each = new_values(n);
  result->diversity_each = new_values(n);
  result->weight_share = new_values(spec->n_potentials);
  result->evaluations = memory_alloc((spec->n_scores + 1) * sizeof(uint64_t));
  result->vjps = memory_alloc((spec->n_scores + 1) * sizeof(uint64_t));
  result->calls = memory_alloc((spec->n_instances + 1) * sizeof(uint64_t));
  result->activity =
      memory_alloc((spec->n_potentials + 1) * sizeof *result->activity);
  result->phi = new_values(rows * spec->n_potentials);
  if (spec->adapt > 0) {
    size_t bytes = (spec->n_steps + 1) * sizeof(double);
    result->times = memory_alloc(bytes);
    if (!result->times) return false;
    memcpy(result->times, spec->t, bytes);
  }
  if (spec->keeps_logp) {
    result->logp = new_values(rows * spec->n_scores);
    if (!result->logp) return false;
  }
  return result->logw && result->log_z_each && result->log_z_start_each &&
         result->ess_each && result->unique_each && result->resamplings_each &&
         result->lineage_variance_each && result->evaluations && result->vjps &&
         result->phi && result->diversity_each && result->weight_share &&
         result->calls && result->activity;
}

static void normalise(const struct run *run, struct run_result *result) {
  size_t n = result->n_particles;
  for (size_t r = 0; r < result->n_replicates; r++) {
    double shift = kac_logsumexp(run->population.logw + r * n, n);
    for (size_t i = r * n; i < (r + 1) * n; i++)
      result->logw[i] = run->replicates[r].is_extinct
                            ? -KAC_INF
                            : run->population.logw[i] - shift;
  }
}

/* phi of a twist was kept when it gave the last weight. */
static void copy_final_phi(const struct run *run, const struct site *site,
                           size_t j, double *column) {
  const struct population *population = &run->population;
  for (size_t i = 0; i < site->n; i++)
    column[i] = twist_final_phi(
        run->spec, j,
        population->twist + (site->row0 + i) * population->n_twist);
}

/* Every potential at the final state, others as a trial: for reweighting
 * later. */
static void potentials_block(void *context, size_t block, size_t thread) {
  struct run *run = context;
  const struct spec *spec = run->spec;
  struct site site = run_site(run, block, thread);
  site.pstate = NULL;
  double *column = site.worker->move_scratch;
  if (site.worker->fault.code != 0) return;
  for (size_t j = 0; j < spec->n_potentials; j++) {
    const double *x = run->population.x + site.row0 * spec->space.n_real;
    if (twist_is_twist(spec->potentials[j].mode))
      copy_final_phi(run, &site, j, column);
    else if (!call_phi(&site, spec->potentials[j].instance,
                       KAC_TRIAL | KAC_FINAL, spec->t[spec->n_steps], x,
                       column))
      return;
    for (size_t i = 0; i < site.n; i++)
      run->final_phi[(site.row0 + i) * spec->n_potentials + j] = column[i];
  }
}

/* log q of every score at the final state, where it is asked for. */
static void logp_block(void *context, size_t block, size_t thread) {
  struct run *run = context;
  const struct spec *spec = run->spec;
  struct site site = run_site(run, block, thread);
  size_t d = spec->space.n_real;
  double *column = site.worker->move_scratch;
  site.pstate = NULL;
  if (site.worker->fault.code != 0) return;
  for (size_t j = 0; j < spec->n_scores; j++) {
    bool has_logp = instance_provides(spec->scores[j]) & KAC_Q_LOGP;
    kac_score_io io = {.struct_size = sizeof io,
                       .want = KAC_Q_LOGP,
                       .t = spec->t[spec->n_steps],
                       .x = {run->population.x + site.row0 * d, d, NULL, 0},
                       .ld = d,
                       .logp = column};
    if (has_logp && !call_score(&site, spec->scores[j], &io)) return;
    for (size_t i = 0; i < site.n; i++)
      run->final_logp[(site.row0 + i) * spec->n_scores + j] =
          has_logp ? column[i] : KAC_NAN;
  }
}

/* Error bars of single populations, as engine.h says. */
static double median_error(struct run *run, const double *variance, size_t n) {
  double *error = run->values;
  for (size_t r = 0; r < n; r++)
    error[r] = isnan(variance[r]) ? KAC_INF
               : variance[r] > 0  ? sqrt(variance[r])
                                  : 0;
  double median = weights_median(error, n, error);
  return median > 0 && median < KAC_INF ? median : KAC_NAN;
}

/* Needs normalised weights; population.w is free by now. */
static void measure_lineage(struct run *run, struct run_result *result) {
  struct population *population = &run->population;
  size_t n = population->n_particles;
  for (size_t r = 0; r < result->n_replicates; r++) {
    const double *logw = result->logw + r * n;
    const uint32_t *lineage = population->lineage + r * n;
    double *scratch = population->w + r * n;
    struct lineage_count count = lineage_count(logw, lineage, n, scratch);
    result->unique_each[r] = count.unique;
    result->diversity_each[r] = count.diversity;
    result->lineage_variance_each[r] = lineage_variance(
        logw, lineage, n, run->replicates[r].log_pairs, scratch);
  }
  result->unique_ancestors =
      weights_median(result->unique_each, result->n_replicates, run->values);
  result->diversity =
      weights_median(result->diversity_each, result->n_replicates, run->values);
  result->lineage_stderr =
      median_error(run, result->lineage_variance_each, result->n_replicates);
}

static void combine(struct run *run, struct run_result *result) {
  size_t n = result->n_replicates;
  double unused;
  for (size_t r = 0; r < n; r++) {
    const struct replicate *replicate = &run->replicates[r];
    result->log_z_each[r] = replicate->log_z;
    result->log_z_start_each[r] =
        run->knows_start ? replicate->log_z_start : KAC_NAN;
    result->ess_each[r] = replicate->ess;
    result->resamplings_each[r] = (double)replicate->n_resamplings;
    result->n_extinct += replicate->is_extinct;
  }
  weights_combine(result->log_z_each, n, &result->log_z, &result->log_z_stderr);
  if (run->spec->correctness >= UNCORRECTED) /* an integral of nothing */
    result->log_z = result->log_z_stderr = KAC_NAN;
  result->log_z_start = KAC_NAN;
  if (run->knows_start)
    weights_combine(result->log_z_start_each, n, &result->log_z_start, &unused);
  result->ess = weights_median(result->ess_each, n, run->values);
  result->resamplings =
      weights_median(result->resamplings_each, n, run->values);
}

/* What the threads have counted, and what plugins were asked for so far. */
static void count(const struct run *run, struct run_result *result) {
  const struct spec *spec = run->spec;
  for (size_t k = 0; k < run->n_threads; k++) {
    const struct worker *worker = &run->workers[k];
    result->n_died += worker->n_died;
    result->n_revived += worker->n_revived;
    for (size_t j = 0; j < spec->n_potentials; j++) {
      result->activity[j].n_looked += worker->activity[j].n_looked;
      result->activity[j].n_acted += worker->activity[j].n_acted;
      result->activity[j].n_refused += worker->activity[j].n_refused;
      result->activity[j].n_revivable += worker->activity[j].n_revivable;
      result->activity[j].n_lost += worker->activity[j].n_lost;
      result->activity[j].n_revived += worker->activity[j].n_revived;
    }
  }
  for (size_t i = 0; i < spec->n_instances; i++)
    result->calls[i] = atomic_load(&spec->instances[i]->n_rows);
  for (size_t i = 0; i < spec->n_scores; i++) {
    size_t n = run->population.n_rows;
    result->evaluations[i] = atomic_load(&spec->scores[i]->n_rows) / n;
    result->vjps[i] = atomic_load(&spec->scores[i]->n_vjps) / n;
  }
}

bool result_take(struct run *run, struct run_result *result) {
  const struct spec *spec = run->spec;
  struct population *population = &run->population;
  *result = (struct run_result){.n_particles = population->n_particles,
                                .n_replicates = population->n_replicates,
                                .n_real = population->n_real,
                                .n_steps = spec->n_steps,
                                .steps_done = run->step,
                                .n_potentials = spec->n_potentials,
                                .n_scores = spec->n_scores,
                                .accept = run->accept_all,
                                .stiff = run->stiff,
                                .start_rms = run->start_rms,
                                .forced_cess = run->forced_cess,
                                .lowest_ess = run->lowest_ess,
                                .lowest_ess_step = run->lowest_ess_step,
                                .seconds_resample = run->seconds_resample};
  if (!allocate(run, result)) return false;
  normalise(run, result);
  count(run, result);
  combine(run, result);
  measure_lineage(run, result);
  result->extent = extent_of(population->x, result->logw, population->n_rows,
                             population->n_real);
  shares_measure(run, result->weight_share, &result->path_share);
  run->final_phi = result->phi;
  if (spec->n_potentials > 0 && run->step == spec->n_steps)
    pool_run(run->pool, potentials_block, run, run->n_blocks);
  run->final_logp = result->logp;
  if (spec->keeps_logp && run->step == spec->n_steps)
    pool_run(run->pool, logp_block, run, run->n_blocks);
  result->x = population_release(population, population->x);
  result->lineage = population_release(population, population->lineage);
  return true;
}

void run_result_free(struct run_result *result) {
  double *const values[] = {result->x,
                            result->logw,
                            result->phi,
                            result->logp,
                            result->log_z_each,
                            result->log_z_start_each,
                            result->ess_each,
                            result->unique_each,
                            result->resamplings_each,
                            result->lineage_variance_each,
                            result->times,
                            result->diversity_each,
                            result->weight_share};
  for (size_t k = 0; k < sizeof values / sizeof *values; k++) free(values[k]);
  free(result->lineage);
  free(result->evaluations);
  free(result->vjps);
  free(result->calls);
  free(result->activity);
  *result = (struct run_result){0};
}
