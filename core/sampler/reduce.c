/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The weights of all replicates: fixed chunks, summed in their order. */
#include <kac/sdk.h>

#include "sampler/resample.h"

static void max_of_chunk(void *context, size_t item, size_t thread) {
  struct run *run = context;
  size_t first, n;
  (void)thread;
  run_chunk(run, item, &first, &n);
  run->chunk_max[item] = weights_max(run->population.logw + first, n);
}

static void exp_of_chunk(void *context, size_t item, size_t thread) {
  struct run *run = context;
  size_t first, n;
  (void)thread;
  run_chunk(run, item, &first, &n);
  double max = run->replicates[item / run->chunks_per_replicate].total.max;
  run->chunks[item] = weights_exp(run->population.logw + first, n, max,
                                  run->population.w + first);
}

/* The same for many small populations: a whole one per item. */
static void reduce_replicate(void *context, size_t item, size_t thread) {
  struct run *run = context;
  size_t n = run->population.n_particles, first = item * n;
  struct weights_total *total = &run->replicates[item].total;
  (void)thread;
  total->max = weights_max(run->population.logw + first, n);
  struct weights_sum sum = weights_exp(run->population.logw + first, n,
                                       total->max, run->population.w + first);
  total->sum = sum.sum;
  total->sum2 = sum.sum2;
}

static void reduce_by_chunks(struct run *run) {
  size_t per = run->chunks_per_replicate;
  size_t n_items = per * run->population.n_replicates;
  pool_run(run->pool, max_of_chunk, run, n_items);
  for (size_t r = 0; r < run->population.n_replicates; r++)
    run->replicates[r].total.max = weights_max(run->chunk_max + r * per, per);
  pool_run(run->pool, exp_of_chunk, run, n_items);
  for (size_t r = 0; r < run->population.n_replicates; r++) {
    struct weights_total *total = &run->replicates[r].total;
    total->sum = total->sum2 = 0;
    for (size_t k = r * per; k < (r + 1) * per; k++) {
      total->sum += run->chunks[k].sum;
      total->sum2 += run->chunks[k].sum2;
    }
  }
}

void resample_reduce(struct run *run) {
  size_t n = run->population.n_particles;
  if (run->chunks_per_replicate == 1)
    pool_run(run->pool, reduce_replicate, run, run->population.n_replicates);
  else
    reduce_by_chunks(run);
  for (size_t r = 0; r < run->population.n_replicates; r++) {
    struct replicate *replicate = &run->replicates[r];
    replicate->is_extinct = replicate->total.max == -KAC_INF;
    replicate->ess = weights_ess(&replicate->total, n);
    replicate->log_z = running_value(&replicate->level) +
                       weights_log_mean(&replicate->total, n);
    if (run->spec->resampler.is_biased && !replicate->is_extinct)
      replicate->log_z = 0; /* means nothing: all replicates count alike */
    replicate->was_resampled = false;
  }
}
