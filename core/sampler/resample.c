/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the copies go at resampling: survivors stay in place, only the dead are
 * overwritten. */
#include "sampler/resample.h"

#include <kac/sdk.h>

#include "plugin/crash.h"
#include "sampler/place.h"
#include "sampler/trigger.h"

/* Work space of one resampling of n particles. */
struct work {
  double *w, *logw, *u, *logw_out;
  uint32_t *ancestor, *n_copies, *dead;
  struct place_chunk *chunks;
  void *plugin;
  bool is_even; /* all copies get the log-weight of the first */
};

static size_t n_uniforms(const struct spec *spec) {
  const struct instance *instance = spec->resampler.instance;
  const kac_resampler_ops *ops = instance->component->ops;
  const void *self = instance->self ? instance->self : instance->config;
  struct crash_site before = crash_enter_instance(instance);
  size_t n = ops->n_uniform(self, spec->n_particles, spec->n_particles);
  crash_enter(before);
  return n;
}

size_t resample_scratch_bytes(const struct spec *spec) {
  if (!spec->resampler.instance) return 0;
  size_t n = spec->n_particles;
  return (3 * n + n_uniforms(spec) + 8) * sizeof(double) +
         place_n_chunks(n) * sizeof(struct place_chunk) +
         3 * n * sizeof(uint32_t) +
         spec->resampler.instance->plan.scratch_bytes + 64;
}

/* One per thread, or per population where there are fewer of those. */
static struct work work_space(const struct run *run, size_t item,
                              size_t thread) {
  size_t n = run->spec->n_particles;
  size_t slot = run->n_resamplers < run->n_threads ? item : thread;
  double *at = (double *)(void *)run->resample_scratch[slot];
  struct work w = {.w = at, .logw = at + n, .logw_out = at + 2 * n};
  w.u = at + 3 * n;
  w.chunks = (struct place_chunk *)(void *)(w.u + n_uniforms(run->spec) + 8);
  w.ancestor = (uint32_t *)(void *)(w.chunks + place_n_chunks(n));
  w.n_copies = w.ancestor + n;
  w.dead = w.n_copies + n;
  uintptr_t plugin = (uintptr_t)(w.dead + n);
  w.plugin = (void *)((plugin + 63) / 64 * 64);
  return w;
}

static struct placement placement_of(const struct run *run, size_t item,
                                     const struct work *w) {
  size_t n = run->spec->n_particles;
  return (struct placement){.n = n,
                            .log_n = log((double)n),
                            .w = w->w,
                            .logw_out = w->logw_out,
                            .ancestor = w->ancestor,
                            .n_copies = w->n_copies,
                            .dead = w->dead,
                            .chunks = w->chunks,
                            .source = run->population.ancestor + item * n,
                            .logw = w->logw};
}

static void describe_breach(const struct placement *p, size_t j,
                            kac_error *err) {
  size_t a = p->ancestor[j], n = p->n;
  if (a < n && p->w[a] > 0)
    (void)kac_fail(err, KAC_EINVAL, "logw_out[%zu] is %s", j,
                   isnan(p->logw_out[j]) ? "NaN" : "+inf");
  else
    (void)kac_fail(err, KAC_EINVAL,
                   a >= n ? "ancestor[%zu] = %zu is not below %zu"
                          : "ancestor[%zu] = %zu has weight zero (of %zu)",
                   j, a, n);
}

/* Rows begin ... end - 1 of the normalised weights. */
static void normalise(const struct run *run, size_t replicate,
                      const struct work *w, size_t begin, size_t end) {
  size_t n = run->spec->n_particles;
  const struct weights_total *total = &run->replicates[replicate].total;
  const double *raw = run->population.w + replicate * n;
  const double *logw = run->population.logw + replicate * n;
  double scale = 1 / total->sum, shift = total->max + log(total->sum);
  double preset = -log((double)n);
  for (size_t i = begin; i < end; i++) {
    w->w[i] = raw[i] * scale;
    w->logw[i] = logw[i] - shift;
    w->logw_out[i] = preset;
  }
}

static void draw_uniforms(const struct run *run, size_t replicate, double *u) {
  size_t n = n_uniforms(run->spec);
  struct rng_key key = rng_key(run->spec->seed, USE_RESAMPLE, 0);
  for (size_t i = 0; i < n; i += 65536) {
    struct rng_address address = {(uint32_t)replicate, (uint32_t)(i >> 16),
                                  (uint32_t)run->step, 0};
    rng_uniform(key, address, 1, u + i, 0, n - i < 65536 ? n - i : 65536);
  }
}

static bool ask_plugin(const struct run *run, size_t replicate,
                       const struct work *w, kac_error *err) {
  const struct instance *instance = run->spec->resampler.instance;
  const kac_resampler_ops *ops = instance->component->ops;
  size_t n = run->spec->n_particles;
  kac_resample_io io = {.struct_size = sizeof io,
                        .n_in = n,
                        .n_out = n,
                        .w = w->w,
                        .logw = w->logw,
                        .u = w->u,
                        .ancestor = w->ancestor,
                        .logw_out = w->logw_out,
                        .scratch = w->plugin};
  err->row = -1;
  err->msg[0] = 0;
  draw_uniforms(run, replicate, w->u);
  struct crash_site before =
      crash_enter((struct crash_site){.instance = instance,
                                      .step = (int64_t)run->step + 1,
                                      .row0 = replicate * n,
                                      .n_rows = n});
  kac_status status = ops->resample(instance->self, &io, err);
  crash_enter(before);
  return status == KAC_OK;
}

static bool blame(struct run *run, size_t item, size_t thread,
                  const kac_error *err) {
  struct worker *worker = &run->workers[thread];
  if (worker->fault.code != 0) return false;
  worker->fault_row = item * run->spec->n_particles;
  instance_fault(run->spec->resampler.instance, &worker->fault, EXIT_PLUGIN,
                 (int64_t)run->step + 1, (int64_t)item, -1, err->msg);
  return false;
}

/* Pairs of different parents were some part of all pairs before and are another
 * one among the copies: lineage.h tells what for.  Spoils the weights. */
static void count_pairs(struct run *run, size_t item, const struct placement *p,
                        const struct place_sum *sum) {
  const struct weights_total *total = &run->replicates[item].total;
  double same = total->sum2 / (total->sum * total->sum);
  run->replicates[item].log_pairs += log1p(-same) - log1p(-place_same(p, sum));
}

/* Who comes from whom, into population.ancestor, and the new log-weights, into
 * w->logw.  False with a fault of the thread's worker. */
static bool decide(struct run *run, size_t item, size_t thread,
                   struct work *w) {
  struct placement p = placement_of(run, item, w);
  kac_error err;
  if (!ask_plugin(run, item, w, &err)) return blame(run, item, thread, &err);
  size_t breach = place_breach(&p, 0, p.n);
  if (breach < p.n) {
    describe_breach(&p, breach, &err);
    return blame(run, item, thread, &err);
  }
  struct place_sum sum = place_all(&p);
  w->is_even = sum.is_even;
  count_pairs(run, item, &p, &sum);
  return true;
}

/* No thread reads what another one writes: sources are rows that stay, and all
 * log-weights are new. */
static void move_rows(struct run *run, size_t item, const struct work *w,
                      size_t begin, size_t end) {
  size_t first = item * run->spec->n_particles;
  struct placement p = placement_of(run, item, w);
  double *logw = run->population.logw + first, even = place_logw(&p, 0);
  population_gather(&run->population, first, begin, end, p.source);
  for (size_t i = begin; i < end; i++) logw[i] = w->is_even ? even : p.logw[i];
}

static void conclude(struct run *run, size_t item, size_t unique) {
  struct replicate *replicate = &run->replicates[item];
  size_t n = run->spec->n_particles;
  running_add(&replicate->level, weights_log_mean(&replicate->total, n));
  replicate->n_resamplings++;
  replicate->was_resampled = true;
  replicate->unique = (double)unique;
}

/* Ancestors at t_max that still have descendants. */
static size_t count_ancestors(const uint32_t *lineage, size_t n,
                              uint32_t *mark) {
  size_t count = 0;
  memset(mark, 0, n * sizeof *mark);
  for (size_t i = 0; i < n; i++) {
    count += mark[lineage[i]] == 0;
    mark[lineage[i]] = 1;
  }
  return count;
}

static void resample_replicate(void *context, size_t item, size_t thread) {
  struct run *run = context;
  size_t n = run->spec->n_particles;
  if (!trigger_is_due(run->spec, run->step, &run->replicates[item])) return;
  struct work w = work_space(run, item, thread);
  normalise(run, item, &w, 0, n);
  if (!decide(run, item, thread, &w)) return;
  move_rows(run, item, &w, 0, n);
  conclude(run, item,
           count_ancestors(run->population.lineage + item * n, n, w.n_copies));
}

/* One population over all threads, where there are fewer populations than
 * threads: everything in chunks but the plugin's own part. */
struct split {
  struct run *run;
  size_t item;
  struct work w;
  struct placement placement;
};

static void normalise_chunk(void *context, size_t chunk, size_t thread) {
  const struct split *split = context;
  size_t begin, end;
  (void)thread;
  place_rows(split->placement.n, chunk, &begin, &end);
  normalise(split->run, split->item, &split->w, begin, end);
}

static void look_chunk(void *context, size_t chunk, size_t thread) {
  (void)thread;
  place_look(&((const struct split *)context)->placement, chunk);
}

/* One byte for each ancestor and thread, in the room of n_copies; with more
 * threads, some share theirs. */
enum { MARKS = sizeof(uint32_t) };

static unsigned char *marks(const struct split *split, size_t thread) {
  unsigned char *mark = (unsigned char *)split->w.n_copies;
  return mark + thread % MARKS * split->placement.n;
}

static void clear_chunk(void *context, size_t chunk, size_t thread) {
  const struct split *split = context;
  size_t begin, end, n_threads = split->run->n_threads;
  (void)thread;
  place_rows(split->placement.n, chunk, &begin, &end);
  for (size_t k = 0; k < n_threads && k < MARKS; k++)
    memset(marks(split, k) + begin, 0, end - begin);
}

static void put_chunk(void *context, size_t chunk, size_t thread) {
  const struct split *split = context;
  place_put(&split->placement, chunk, split->w.is_even);
  clear_chunk(context, chunk, thread);
}

static bool decide_split(struct split *split) {
  struct pool *pool = split->run->pool;
  struct placement *p = &split->placement;
  size_t n_chunks = place_n_chunks(p->n);
  kac_error err;
  if (!ask_plugin(split->run, split->item, &split->w, &err))
    return blame(split->run, split->item, 0, &err);
  pool_run(pool, look_chunk, split, n_chunks);
  struct place_sum sum = place_seen(p);
  if (sum.breach < p->n) {
    describe_breach(p, sum.breach, &err);
    return blame(split->run, split->item, 0, &err);
  }
  split->w.is_even = sum.is_even;
  if (sum.is_rising) {
    pool_run(pool, put_chunk, split, n_chunks);
  } else {
    sum = place_all(p);
    pool_run(pool, clear_chunk, split, n_chunks);
  }
  count_pairs(split->run, split->item, p, &sum);
  return true;
}

/* Ancestors of rows that have come to stay.  Where threads share their marks
 * and few ancestors are left, all would write the same lines in turn, which
 * costs a hundred times what it costs to read them: what is marked is left. */
static void mark_rows(const struct split *split, size_t begin, size_t end,
                      size_t thread) {
  unsigned char *mark = marks(split, thread);
  bool is_shared = split->run->n_threads > MARKS;
  const uint32_t *lineage =
      split->run->population.lineage + split->item * split->placement.n;
  for (size_t i = begin; i < end; i++)
    if (!is_shared || __atomic_load_n(&mark[lineage[i]], __ATOMIC_RELAXED) == 0)
      __atomic_store_n(&mark[lineage[i]], 1, __ATOMIC_RELAXED);
}

static void move_chunk(void *context, size_t chunk, size_t thread) {
  const struct split *split = context;
  size_t begin, end;
  place_rows(split->placement.n, chunk, &begin, &end);
  move_rows(split->run, split->item, &split->w, begin, end);
  mark_rows(split, begin, end, thread);
}

static size_t count_marks(const struct split *split) {
  size_t n = split->placement.n, count = 0;
  unsigned char *all = marks(split, 0);
  for (size_t k = 1; k < split->run->n_threads && k < MARKS; k++) {
    const unsigned char *mark = marks(split, k);
    for (size_t i = 0; i < n; i++) all[i] |= mark[i];
  }
  for (size_t i = 0; i < n; i++) count += all[i];
  return count;
}

static void resample_split(struct run *run, size_t item) {
  struct split split = {.run = run, .item = item};
  size_t n_chunks = run->chunks_per_replicate;
  if (!trigger_is_due(run->spec, run->step, &run->replicates[item])) return;
  split.w = work_space(run, item, 0);
  split.placement = placement_of(run, item, &split.w);
  pool_run(run->pool, normalise_chunk, &split, n_chunks);
  if (!decide_split(&split)) return;
  pool_run(run->pool, move_chunk, &split, n_chunks);
  conclude(run, item, count_marks(&split));
}

void resample_population(struct run *run) {
  double begin = run_seconds();
  size_t n = run->population.n_replicates;
  if (n >= run->n_threads)
    pool_run(run->pool, resample_replicate, run, n);
  else if (run->spec->resampler.instance)
    for (size_t r = 0; r < n; r++) resample_split(run, r);
  if (trigger_is_look(run->spec, run->step + 1)) trigger_remember(run);
  run->seconds_resample += run_seconds() - begin;
}
