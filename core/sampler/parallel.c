/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Workers wait for a new round, work off their own share of the items, then
 * what is left of the others' shares, and report.  A share is the same part of
 * the rows in every round, which so stay in the cache of one core.  Where each
 * thread can have a core of its own, it spins for a moment before it sleeps: a
 * step of the sampler has several rounds close together, and waking a sleeper
 * takes as long as a short one. */
#define _GNU_SOURCE /* CPU_COUNT */
#include "sampler/parallel.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
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
  _Atomic size_t round, n_busy;
  _Atomic bool is_closing;
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

/* Until the number has changed (is_until: has become `value`); false when that
 * takes too long. */
static bool spin(const struct pool *pool, const _Atomic size_t *at,
                 size_t value, bool is_until) {
  double end = run_seconds() + SPIN_SECONDS;
  do {
    for (int i = 0; i < PAUSES; i++) {
      if ((atomic_load(at) == value) == is_until) return true;
      relax();
    }
  } while (pool->may_spin && run_seconds() < end);
  return false;
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

static void wait_for_round(struct pool *pool, size_t seen) {
  if (spin(pool, &pool->round, seen, false)) return;
  pthread_mutex_lock(&pool->mutex);
  while (atomic_load(&pool->round) == seen)
    pthread_cond_wait(&pool->begin, &pool->mutex);
  pthread_mutex_unlock(&pool->mutex);
}

static void *worker_main(void *argument) {
  struct seat *seat = argument;
  struct pool *pool = seat->pool;
  crash_thread();
  for (size_t round = 0;; round++) {
    wait_for_round(pool, round);
    if (atomic_load(&pool->is_closing)) return NULL;
    work(pool, seat->thread);
    if (atomic_fetch_sub(&pool->n_busy, 1) == 1) {
      pthread_mutex_lock(&pool->mutex);
      pthread_cond_signal(&pool->end);
      pthread_mutex_unlock(&pool->mutex);
    }
  }
}

static void open_round(struct pool *pool) {
  pthread_mutex_lock(&pool->mutex);
  atomic_fetch_add(&pool->round, 1);
  pthread_cond_broadcast(&pool->begin);
  pthread_mutex_unlock(&pool->mutex);
}

static void wait_for_end(struct pool *pool) {
  if (spin(pool, &pool->n_busy, 0, true)) return;
  pthread_mutex_lock(&pool->mutex);
  while (atomic_load(&pool->n_busy) != 0)
    pthread_cond_wait(&pool->end, &pool->mutex);
  pthread_mutex_unlock(&pool->mutex);
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
  atomic_store(&pool->is_closing, true);
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
  if (pool->n_started > 0 && n_items > 1) {
    atomic_store(&pool->n_busy, pool->n_started);
    open_round(pool);
    work(pool, 0);
    wait_for_end(pool);
    return;
  }
  work(pool, 0);
}
