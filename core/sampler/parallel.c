/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Workers enter a round while it is open, work off their own share of the
 * items, then what is left of the others' shares, and leave.  The caller works
 * as they do, closes the round and waits for those inside: on a machine with
 * other work a worker that has no core just then is not waited for.  A share is
 * the same part of the rows in every round, which so stay in the cache of one
 * core.  Where each thread can have a core of its own, it spins for a moment
 * before it sleeps: a step of the sampler has several rounds close together,
 * and waking a sleeper takes as long as a short one. */
#define _GNU_SOURCE /* CPU_COUNT */
#include "sampler/parallel.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "memory.h"
#include "plugin/crash.h"
#include "sampler/run.h"

struct pool;
struct seat { /* one per thread, each on cache lines of its own */
  _Alignas(64) _Atomic size_t next; /* of its share */
  size_t end;
  struct pool *pool;
  size_t thread;
  pthread_t handle;
};
struct pool {
  size_t n_threads, n_started;
  bool may_spin; /* there is a core for every thread */
  struct seat *seats;
  pthread_mutex_t mutex;
  pthread_cond_t begin, end;
  _Atomic uint64_t state; /* how many workers are inside, and the round */
  _Atomic bool is_ending;
  task_fn *task;
  void *context;
};

/* Longer than a resampler of 1e5 particles takes, which one thread calls. */
static const double SPIN_SECONDS = 4e-4;
enum { PAUSES = 32 };

static void relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

/* Of a state: the low bits count, the others are odd while a round is open. */
enum { ROUND_SHIFT = 16 };
static const uint64_t ONE_ROUND = UINT64_C(1) << ROUND_SHIFT;

static uint64_t round_of(uint64_t state) {
  return state >> ROUND_SHIFT;
}

static bool is_open(uint64_t state) {
  return round_of(state) & 1;
}

static uint64_t n_inside(uint64_t state) {
  return state & (ONE_ROUND - 1);
}

/* What a worker waits for that was in round `seen`, and what the caller does.
 */
static bool is_new(uint64_t state, uint64_t seen) {
  return is_open(state) && round_of(state) != seen;
}

static bool is_empty(uint64_t state, uint64_t seen) {
  (void)seen;
  return n_inside(state) == 0;
}

typedef bool wanted_fn(uint64_t state, uint64_t seen);

/* False when that takes too long. */
static bool spin(const struct pool *pool, wanted_fn *is_wanted, uint64_t seen) {
  double end = run_seconds() + SPIN_SECONDS;
  do {
    for (int i = 0; i < PAUSES; i++) {
      if (is_wanted(atomic_load(&pool->state), seen)) return true;
      relax();
    }
  } while (pool->may_spin && run_seconds() < end);
  return false;
}

static void await(struct pool *pool, pthread_cond_t *bell, wanted_fn *is_wanted,
                  uint64_t seen) {
  if (spin(pool, is_wanted, seen)) return;
  pthread_mutex_lock(&pool->mutex);
  while (!is_wanted(atomic_load(&pool->state), seen))
    pthread_cond_wait(bell, &pool->mutex);
  pthread_mutex_unlock(&pool->mutex);
}

static void ring(struct pool *pool, pthread_cond_t *bell) {
  pthread_mutex_lock(&pool->mutex);
  pthread_cond_broadcast(bell);
  pthread_mutex_unlock(&pool->mutex);
}

static void work_off(struct pool *pool, struct seat *share, size_t thread) {
  for (;;) {
    size_t item = atomic_fetch_add(&share->next, 1);
    if (item >= share->end) return;
    pool->task(pool->context, item, thread);
  }
}

static void work(struct pool *pool, size_t thread) {
  size_t n = pool->n_threads;
  for (size_t k = 0; k < n; k++)
    work_off(pool, &pool->seats[(thread + k) % n], thread);
}

static void share_out(struct pool *pool, size_t n_items) {
  size_t n = pool->n_threads, each = n_items / n, more = n_items % n;
  for (size_t k = 0, begin = 0; k < n; k++) {
    size_t end = begin + each + (k < more);
    pool->seats[k].end = end;
    atomic_store(&pool->seats[k].next, begin);
    begin = end;
  }
}

/* The round that the worker is in from now on, another one than `seen`. */
static uint64_t enter(struct pool *pool, uint64_t seen) {
  for (;;) {
    await(pool, &pool->begin, is_new, seen);
    uint64_t state = atomic_load(&pool->state);
    while (is_new(state, seen))
      if (atomic_compare_exchange_weak(&pool->state, &state, state + 1))
        return round_of(state);
  }
}

static void leave(struct pool *pool) {
  uint64_t before = atomic_fetch_sub(&pool->state, 1);
  if (!is_open(before) && n_inside(before) == 1) ring(pool, &pool->end);
}

static void *worker_main(void *argument) {
  struct seat *seat = argument;
  struct pool *pool = seat->pool;
  crash_thread();
  for (uint64_t round = 0;;) {
    round = enter(pool, round);
    if (atomic_load(&pool->is_ending)) return NULL;
    work(pool, seat->thread);
    leave(pool);
  }
}

static void open_round(struct pool *pool) {
  atomic_fetch_add(&pool->state, ONE_ROUND);
  ring(pool, &pool->begin);
}

static void close_round(struct pool *pool) {
  atomic_fetch_add(&pool->state, ONE_ROUND);
  await(pool, &pool->end, is_empty, 0);
}

static size_t n_cores(void) {
  cpu_set_t cores;
  if (sched_getaffinity(0, sizeof cores, &cores) != 0) return 1;
  return (size_t)CPU_COUNT(&cores);
}

struct pool *pool_new(size_t n_threads) {
  struct pool *pool = memory_alloc(sizeof *pool);
  if (!pool) return NULL;
  pthread_mutex_init(&pool->mutex, NULL);
  pthread_cond_init(&pool->begin, NULL);
  pthread_cond_init(&pool->end, NULL);
  pool->n_threads = n_threads > 0 ? n_threads : 1;
  pool->may_spin = pool->n_threads <= n_cores();
  pool->seats = memory_alloc(pool->n_threads * sizeof *pool->seats);
  for (size_t i = 1; pool->seats && i < pool->n_threads; i++) {
    pool->seats[i] = (struct seat){.pool = pool, .thread = i};
    if (pthread_create(&pool->seats[i].handle, NULL, worker_main,
                       &pool->seats[i]) != 0)
      break;
    pool->n_started++;
  }
  if (pool->seats && pool->n_started + 1 == pool->n_threads) return pool;
  pool_free(pool);
  return NULL;
}

void pool_free(struct pool *pool) {
  if (!pool) return;
  atomic_store(&pool->is_ending, true);
  open_round(pool);
  for (size_t i = 1; i <= pool->n_started; i++)
    pthread_join(pool->seats[i].handle, NULL);
  pthread_cond_destroy(&pool->end);
  pthread_cond_destroy(&pool->begin);
  pthread_mutex_destroy(&pool->mutex);
  free(pool->seats);
  free(pool);
}

void pool_run(struct pool *pool, task_fn *task, void *context, size_t n_items) {
  pool->task = task;
  pool->context = context;
  share_out(pool, n_items);
  bool has_help = pool->n_started > 0 && n_items > 1;
  if (has_help) open_round(pool);
  work(pool, 0);
  if (has_help) close_round(pool);
}
