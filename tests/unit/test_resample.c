/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reduction of weights, triggers, and where the copies go. */
#include "sampler/resample.h"

#include "memory.h"
#include "sampler/cess.h"
#include "sampler/trigger.h"
#include "sampler_fixture.h"

enum { REPLICATES = 4, D = 2 };

/* The part of a run that resampling sees. */
struct bench {
  struct rig rig;
  struct run run;
  struct spec spec;
  struct weights_sum *chunks;
};

static void make_run(struct bench *b, size_t n_threads) {
  struct run *run = &b->run;
  const struct population_needs needs = {
      .pstate_bytes = 8, .n_twist = 2, .cache = true};
  size_t n = b->spec.n_particles;
  *run = (struct run){
      .spec = &b->spec, .n_threads = n_threads, .n_resamplers = n_threads};
  ck_assert(population_new(&run->population, &b->spec, &needs));
  run->chunks_per_replicate = (n + WEIGHTS_CHUNK - 1) / WEIGHTS_CHUNK;
  size_t n_chunks = REPLICATES * run->chunks_per_replicate;
  run->chunks = arena_alloc(b->rig.arena, n_chunks * sizeof *run->chunks);
  run->chunk_max = arena_alloc(b->rig.arena, n_chunks * sizeof(double));
  run->replicates =
      arena_alloc(b->rig.arena, REPLICATES * sizeof *run->replicates);
  run->workers = arena_alloc(b->rig.arena, n_threads * sizeof *run->workers);
  run->resample_scratch =
      arena_alloc(b->rig.arena, n_threads * sizeof *run->resample_scratch);
  for (size_t k = 0; k < n_threads; k++)
    run->resample_scratch[k] =
        arena_alloc(b->rig.arena, resample_scratch_bytes(&b->spec) + 64);
  run->pool = pool_new(n_threads);
  ck_assert_ptr_nonnull(run->pool);
}

static void bench_open(struct bench *b, const char *resampler, size_t particles,
                       size_t n_threads) {
  char text[1024];
  snprintf(text, sizeof text,
           "state = { real = %d; }; schedule = { plugin = \"vp\"; };"
           "time = { steps = 10; }; scores = ({ plugin = \"gaussian\"; });"
           "integrators = ({ plugin = \"euler_maruyama\"; });"
           "resampler = { plugin = \"%s\"; ess_below = 1.0; };"
           "population = { particles = %zu; replicates = %d; };",
           D, resampler, particles, REPLICATES);
  rig_open(&b->rig, text);
  b->spec = b->rig.pipeline.spec;
  make_run(b, n_threads);
}

static void bench_close(struct bench *b) {
  pool_free(b->run.pool);
  population_free(&b->run.population);
  rig_close(&b->rig);
}

/* Every row knows where it stood. */
static void paint(struct bench *b) {
  struct population *p = &b->run.population;
  for (size_t i = 0; i < p->n_rows; i++) {
    double name = (double)i;
    p->x[i * D] = p->x[i * D + 1] = name;
    p->twist[2 * i] = p->twist[2 * i + 1] = name;
    p->cache.b[i * D] = p->cache.s[i * D] = p->cache.g[i] = name;
    memcpy(p->pstate + 8 * i, &name, sizeof name);
    p->lineage[i] = (uint32_t)(i % p->n_particles);
  }
}

static void weigh(struct bench *b, uint64_t seed, double dead) {
  struct population *p = &b->run.population;
  for (size_t i = 0; i < p->n_rows; i++)
    p->logw[i] =
        rig_uniform(&seed) < dead ? -KAC_INF : rig_between(&seed, -700, -695);
}

START_TEST(the_reduction_is_that_of_each_replicate_alone) {
  static const size_t sizes[] = {1, 7, 2048, 2049, 5000};
  for (size_t k = 0; k < 5; k++) {
    struct bench b;
    size_t n = sizes[k];
    bench_open(&b, "systematic", n, 2);
    weigh(&b, k + 1, n > 1 ? 0.2 : 0);
    for (size_t i = 0; i < n; i++) b.run.population.logw[i] = -KAC_INF;
    running_add(&b.run.replicates[2].level, -3.5);
    resample_reduce(&b.run);
    for (size_t r = 0; r < REPLICATES; r++) {
      const struct replicate *seen = &b.run.replicates[r];
      const double *logw = b.run.population.logw + r * n;
      long double sum = 0, square = 0;
      for (size_t i = 0; i < n; i++) {
        sum += expl((long double)logw[i]);
        square += expl(2 * (long double)logw[i]);
      }
      double level = r == 2 ? -3.5 : 0;
      ck_assert(seen->is_extinct == (r == 0));
      ck_assert(r > 0 || (seen->log_z == -KAC_INF && rig_same(seen->ess, 0)));
      if (r == 0) continue;
      ck_assert_double_eq_tol(
          seen->log_z, level + (double)logl(sum / (long double)n), 1e-11);
      ck_assert_double_eq_tol(seen->ess, (double)(sum * sum / square), 1e-8);
    }
    bench_close(&b);
  }
}
END_TEST

static const char *const resamplers[] = {
    "multinomial", "stratified", "systematic", "residual", "ssp", "killing"};
enum { N_RESAMPLERS = 6 };

/* A row is where its ancestor was, in every array. */
static size_t ancestor_of(const struct population *p, size_t row) {
  double name = p->x[row * D], state;
  memcpy(&state, p->pstate + 8 * row, sizeof state);
  rig_assert(rig_same(p->x[row * D + 1], name));
  rig_assert(rig_same(p->twist[2 * row], name));
  rig_assert(rig_same(p->twist[2 * row + 1], name));
  rig_assert(rig_same(p->cache.b[row * D], name));
  rig_assert(rig_same(p->cache.s[row * D], name));
  rig_assert(rig_same(p->cache.g[row], name));
  rig_assert(rig_same(state, name));
  return (size_t)name;
}

/* The resampler asked alone, with the uniforms of the run. */
static void ask(const struct bench *b, size_t r, const double *kept,
                uint32_t *ancestor, double *logw_out) {
  const struct instance *instance = b->spec.resampler.instance;
  const kac_resampler_ops *ops = instance->component->ops;
  size_t n = b->spec.n_particles, n_u = ops->n_uniform(instance->self, n, n);
  double *w = arena_alloc(b->rig.arena, n * sizeof *w);
  double *logw = arena_alloc(b->rig.arena, n * sizeof *w);
  double *u = arena_alloc(b->rig.arena, (n_u + 1) * sizeof *u), sum = 0;
  for (size_t i = 0; i < n; i++) sum += b->run.population.w[r * n + i];
  double shift = kac_logsumexp(kept + r * n, n);
  for (size_t i = 0; i < n; i++) {
    w[i] = b->run.population.w[r * n + i] * (1 / sum);
    logw[i] = kept[r * n + i] - shift;
    logw_out[i] = -log((double)n);
  }
  struct rng_address at = {(uint32_t)r, 0, (uint32_t)b->run.step, 0};
  rng_uniform(rng_key(b->spec.seed, USE_RESAMPLE, 0), at, 1, u, 0, n_u);
  kac_error err;
  kac_resample_io io = {
      .struct_size = sizeof io,
      .n_in = n,
      .n_out = n,
      .w = w,
      .logw = logw,
      .u = u,
      .ancestor = ancestor,
      .logw_out = logw_out,
      .scratch = arena_alloc(b->rig.arena, instance->plan.scratch_bytes + 64)};
  ck_assert_int_eq(ops->resample(instance->self, &io, &err), KAC_OK);
}

static void check_replicate(const struct bench *b, size_t r,
                            const double *kept) {
  enum { N = 300 };
  const struct population *p = &b->run.population;
  uint32_t ancestor[N];
  double logw_out[N];
  size_t wanted[N] = {0}, seen[N] = {0}, n_unique = 0;
  ask(b, r, kept, ancestor, logw_out);
  for (size_t j = 0; j < N; j++) wanted[ancestor[j]]++;
  for (size_t i = r * N; i < (r + 1) * N; i++) {
    size_t from = ancestor_of(p, i);
    rig_assert(from >= r * N && from < (r + 1) * N);
    rig_assert(kept[from] > -KAC_INF);
    rig_assert(p->lineage[i] == from - r * N);
    seen[from - r * N]++;
    /* All resamplers here hand out equal weights. */
    rig_assert(fabs(p->logw[i]) < 1e-12);
  }
  for (size_t i = 0; i < N; i++) {
    rig_assert(seen[i] == wanted[i]);
    n_unique += seen[i] > 0;
    if (seen[i] > 0) /* survivors stay in place */
      rig_assert(ancestor_of(p, r * N + i) == r * N + i);
  }
  ck_assert(rig_same(b->run.replicates[r].unique, (double)n_unique));
  ck_assert_uint_lt(n_unique, N);
}

START_TEST(survivors_stay_and_all_arrays_follow_the_resampler) {
  for (size_t k = 0; k < N_RESAMPLERS; k++) {
    struct bench b;
    static double kept[REPLICATES * 300];
    bench_open(&b, resamplers[k], 300, 3);
    paint(&b);
    weigh(&b, 10 + k, 0.2);
    b.run.step = 4;
    memcpy(kept, b.run.population.logw, sizeof kept);
    resample_reduce(&b.run);
    double before = b.run.replicates[1].log_z;
    resample_population(&b.run);
    for (size_t r = 0; r < REPLICATES; r++) check_replicate(&b, r, kept);
    ck_assert_uint_eq(b.run.replicates[1].n_resamplings, 1);
    ck_assert(b.run.replicates[1].was_resampled);
    resample_reduce(&b.run); /* log Z does not change by resampling */
    ck_assert_double_eq_tol(b.run.replicates[1].log_z, before, 1e-11);
    bench_close(&b);
  }
}
END_TEST

START_TEST(an_extinct_replicate_is_left_alone) {
  struct bench b;
  bench_open(&b, "systematic", 300, 1);
  paint(&b);
  weigh(&b, 3, 0.1);
  for (size_t i = 300; i < 600; i++) b.run.population.logw[i] = -KAC_INF;
  resample_reduce(&b.run);
  resample_population(&b.run);
  for (size_t i = 300; i < 600; i++) {
    ck_assert_uint_eq(ancestor_of(&b.run.population, i), i);
    ck_assert(b.run.population.logw[i] == -KAC_INF);
  }
  ck_assert_uint_eq(b.run.replicates[1].n_resamplings, 0);
  ck_assert_uint_eq(b.run.replicates[2].n_resamplings, 1);
  ck_assert(b.run.replicates[1].log_z == -KAC_INF);
  bench_close(&b);
}
END_TEST

START_TEST(triggers_look_at_every_window_ess_and_the_end) {
  struct bench b;
  bench_open(&b, "systematic", 100, 1);
  struct spec_resampler *when = &b.spec.resampler;
  const struct instance *instance = when->instance;
  struct replicate replicate = {.ess = 40};
  for (int64_t every = 1; every <= 4; every++)
    for (size_t step = 0; step < 10; step++) {
      bool is_due = (int64_t)(step + 1) % every == 0 && step != 9;
      *when = (struct spec_resampler){.instance = b.spec.resampler.instance,
                                      .ess_below = 1,
                                      .every = every,
                                      .to = 1};
      ck_assert(trigger_is_due(&b.spec, step, &replicate) == is_due);
      when->at_end = true;
      ck_assert(trigger_is_due(&b.spec, step, &replicate) ==
                (is_due || step == 9));
    }
  when->every = 1;
  when->from = 0.25;
  when->to = 0.75; /* grid times 3 ... 7, reached by steps 2 ... 6 */
  for (size_t step = 0; step < 9; step++)
    ck_assert(trigger_is_due(&b.spec, step, &replicate) ==
              (step >= 2 && step <= 6));
  when->ess_below = 0.4; /* not below */
  ck_assert(!trigger_is_due(&b.spec, 4, &replicate));
  replicate.ess = 39.999;
  ck_assert(trigger_is_due(&b.spec, 4, &replicate));
  replicate.is_extinct = true;
  ck_assert(!trigger_is_due(&b.spec, 4, &replicate));
  replicate.is_extinct = false;
  b.spec.resampler.instance = NULL;
  ck_assert(!trigger_is_due(&b.spec, 4, &replicate));
  ck_assert_ptr_nonnull(instance);
  bench_close(&b);
}
END_TEST

enum { LARGE = 5000 };
struct outcome {
  double x[REPLICATES * LARGE * D], logw[REPLICATES * LARGE];
  double unique[REPLICATES];
};

/* Of the first n_replicates populations; fewer than threads are split. */
static void resample_by(const char *resampler, size_t n_replicates,
                        size_t n_threads, struct outcome *out) {
  struct bench b;
  bench_open(&b, resampler, LARGE, n_threads);
  paint(&b);
  weigh(&b, 21, 0.3);
  b.run.population.n_replicates = n_replicates;
  resample_reduce(&b.run);
  resample_population(&b.run);
  for (size_t r = 0; r < REPLICATES; r++)
    out->unique[r] = b.run.replicates[r].unique;
  memcpy(out->x, b.run.population.x, sizeof out->x);
  memcpy(out->logw, b.run.population.logw, sizeof out->logw);
  b.run.population.n_replicates = REPLICATES;
  bench_close(&b);
}

START_TEST(results_do_not_depend_on_the_number_of_threads) {
  static const size_t threads[] = {2, 3, 4, 5, 7}, some[] = {1, 2, REPLICATES};
  static struct outcome one, many;
  for (size_t k = 0; k < N_RESAMPLERS; k++)
    for (size_t j = 0; j < 3; j++) {
      resample_by(resamplers[k], some[j], 1, &one);
      ck_assert_double_gt(one.unique[0], LARGE / 10);
      ck_assert_double_lt(one.unique[0], LARGE);
      for (size_t i = 0; i < 5; i++) {
        resample_by(resamplers[k], some[j], threads[i], &many);
        ck_assert_mem_eq(&one, &many, sizeof one);
      }
    }
}
END_TEST

/* --- resamplers that break the contract ----------------------------------- */
static size_t no_uniform(const void *self, size_t n_in, size_t n_out) {
  (void)self, (void)n_in, (void)n_out;
  return 0;
}

enum breach { BEYOND, WEIGHTLESS, NAN_WEIGHT, HUGE_WEIGHT };
static enum breach breach;

static kac_status broken(const void *self, kac_resample_io *io,
                         kac_error *err) {
  (void)self, (void)err;
  for (size_t j = 0; j < io->n_out; j++) io->ancestor[j] = (uint32_t)j;
  io->ancestor[0] = 1; /* row 0 has weight zero */
  if (breach == BEYOND) io->ancestor[3] = (uint32_t)io->n_in;
  if (breach == WEIGHTLESS) io->ancestor[3] = 0;
  if (breach == NAN_WEIGHT) io->logw_out[3] = KAC_NAN;
  if (breach == HUGE_WEIGHT) io->logw_out[3] = KAC_INF;
  return KAC_OK;
}
static const kac_resampler_ops broken_ops = {sizeof broken_ops, 0, no_uniform,
                                             broken};

static void expect_fault(const char *text) {
  struct bench b;
  bench_open(&b, "systematic", 10, 1);
  kac_component component = *b.spec.resampler.instance->component;
  component.ops = &broken_ops;
  b.spec.resampler.instance->component = &component;
  weigh(&b, 3, 0);
  b.run.population.logw[0] = -KAC_INF;
  b.run.step = 2;
  resample_reduce(&b.run);
  resample_population(&b.run);
  ck_assert_int_eq(b.run.workers[0].fault.code, EXIT_PLUGIN);
  const char *seen = strstr(b.run.workers[0].fault.text, "1.0): ");
  ck_assert_ptr_nonnull(seen);
  ck_assert_str_eq(seen + 6, text);
  bench_close(&b);
}

START_TEST(an_ancestor_out_of_range_is_a_fault) {
  breach = BEYOND;
  expect_fault("ancestor[3] = 10 is not below 10 at step 3, replicate 0");
}
END_TEST

START_TEST(an_ancestor_of_weight_zero_is_a_fault) {
  breach = WEIGHTLESS;
  expect_fault(
      "ancestor[3] = 0 has weight zero (of 10) at step 3, replicate 0");
}
END_TEST

/* A weight that is no number would poison log Z in silence. */
START_TEST(a_new_weight_that_is_no_number_is_a_fault) {
  breach = NAN_WEIGHT;
  expect_fault("logw_out[3] is NaN at step 3, replicate 0");
  breach = HUGE_WEIGHT;
  expect_fault("logw_out[3] is +inf at step 3, replicate 0");
}
END_TEST

int main(void) {
  const TTest *const tests[] = {
      the_reduction_is_that_of_each_replicate_alone,
      survivors_stay_and_all_arrays_follow_the_resampler,
      an_extinct_replicate_is_left_alone,
      triggers_look_at_every_window_ess_and_the_end,
      results_do_not_depend_on_the_number_of_threads,
      an_ancestor_out_of_range_is_a_fault,
      an_ancestor_of_weight_zero_is_a_fault,
      a_new_weight_that_is_no_number_is_a_fault,
  };
  return RIG_SUITE("resample", tests);
}
