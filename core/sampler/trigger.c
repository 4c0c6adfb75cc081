/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When populations are resampled.  A trigger may depend on the whole past of
 * its own replicate and of the others: Z-hat stays unbiased, because given the
 * past resampling keeps every expectation (docs/methods.md section 5). */
#include "sampler/trigger.h"

#include <kac/sdk.h>

#include "sampler/cess.h"

static bool is_listed(const kac_array *rising, double k) {
  size_t low = 0, high = rising->n;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (rising->data[middle] < k)
      low = middle + 1;
    else
      high = middle;
  }
  return low < rising->n && !(rising->data[low] > k);
}

bool trigger_is_look(const struct spec *spec, size_t k) {
  const struct spec_resampler *when = &spec->resampler;
  if (!when->instance) return false;
  if (k == spec->n_steps && when->at_end) return true;
  if (when->at_steps.n > 0) return is_listed(&when->at_steps, (double)k);
  if (k == spec->n_steps || k % (size_t)when->every != 0) return false;
  double progress = path_progress(spec, spec->t[k]);
  return progress >= when->from && progress <= when->to;
}

bool trigger_is_due(const struct spec *spec, size_t step,
                    const struct replicate *replicate) {
  const struct spec_resampler *when = &spec->resampler;
  size_t k = step + 1; /* the grid time just reached */
  double n = (double)spec->n_particles;
  if (replicate->is_extinct || !trigger_is_look(spec, k)) return false;
  if (k == spec->n_steps && when->at_end) return true;
  if (when->cess_below > 0)
    return when->cess_below >= 1 || replicate->cess < when->cess_below * n;
  return when->ess_below >= 1 || replicate->ess < when->ess_below * n;
}

/* Of what the weights have become since the last look. */
static void look_of_chunk(void *context, size_t item, size_t thread) {
  struct run *run = context;
  size_t first, n;
  (void)thread;
  run_chunk(run, item, &first, &n);
  const double *logw = run->population.logw, *last = run->last_logw;
  for (size_t i = first; i < first + n; i++)
    run->increment[i] = last[i] == -KAC_INF ? 0 : logw[i] - last[i];
  run->cess_chunks[item] = cess_sums(last + first, run->increment + first, n);
}

void trigger_measure(struct run *run) {
  if (!run->last_logw || !trigger_is_look(run->spec, run->step + 1)) return;
  size_t per = run->chunks_per_replicate, n = run->population.n_particles;
  size_t n_replicates = run->population.n_replicates;
  pool_run(run->pool, look_of_chunk, run, per * n_replicates);
  for (size_t r = 0; r < n_replicates; r++)
    run->replicates[r].cess = cess_value(run->cess_chunks + r * per, per, n);
}

void trigger_remember(struct run *run) {
  if (run->last_logw)
    memcpy(run->last_logw, run->population.logw,
           run->population.n_rows * sizeof *run->last_logw);
}
