/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pool: every item once, whoever takes it, round after round. */
#include "sampler/parallel.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

#include "sampler_fixture.h"

enum { MOST = 513 };
struct board {
  _Atomic unsigned count[MOST];
  _Atomic unsigned bad_thread;
  size_t n_threads;
};

static void mark(void *context, size_t item, size_t thread) {
  struct board *board = context;
  atomic_fetch_add(&board->count[item], 1);
  if (thread >= board->n_threads) atomic_fetch_add(&board->bad_thread, 1);
}

static const size_t THREADS[] = {1, 2, 3, 7};

START_TEST(every_item_is_done_once_for_any_number_of_threads) {
  static const size_t items[] = {0, 1, 2, 3, 7, 64, MOST};
  for (size_t k = 0; k < 4; k++) {
    static struct board board;
    struct pool *pool = pool_new(THREADS[k]);
    ck_assert_ptr_nonnull(pool);
    board.n_threads = THREADS[k];
    for (unsigned round = 0; round < 300; round++) {
      size_t n = items[round % 7];
      for (size_t i = 0; i < MOST; i++) atomic_store(&board.count[i], 0);
      pool_run(pool, mark, &board, n);
      for (size_t i = 0; i < MOST; i++)
        rig_assert(atomic_load(&board.count[i]) == (i < n ? 1 : 0));
    }
    ck_assert_uint_eq(atomic_load(&board.bad_thread), 0);
    pool_free(pool);
  }
}
END_TEST

/* Plain memory: what a round wrote must be seen by the next one. */
struct chain {
  size_t *from, *to;
};

static void pass_on(void *context, size_t item, size_t thread) {
  struct chain *chain = context;
  (void)thread;
  chain->to[item] = chain->from[MOST - 1 - item] + 1;
}

START_TEST(a_round_sees_all_that_the_round_before_wrote) {
  static size_t a[MOST], b[MOST];
  for (size_t k = 0; k < 4; k++) {
    struct pool *pool = pool_new(THREADS[k]);
    ck_assert_ptr_nonnull(pool);
    struct chain chain = {a, b};
    for (size_t i = 0; i < MOST; i++) a[i] = i;
    for (size_t round = 0; round < 2000; round++) {
      pool_run(pool, pass_on, &chain, MOST);
      size_t *swap = chain.from;
      chain.from = chain.to;
      chain.to = swap;
    }
    for (size_t i = 0; i < MOST; i++) rig_assert(chain.from[i] == i + 2000);
    pool_free(pool);
  }
}
END_TEST

/* Item 0 takes as long as all others together: the rest of its share has to be
 * done by other threads meanwhile. */
struct stalled {
  _Atomic size_t n_done;
  size_t n;
  bool is_alone;
};

static void stall(void *context, size_t item, size_t thread) {
  struct stalled *stalled = context;
  const struct timespec pause = {0, 1000000};
  (void)thread;
  for (int i = 0; item == 0 && i < 5000; i++) {
    if (atomic_load(&stalled->n_done) == stalled->n - 1) break;
    nanosleep(&pause, NULL);
  }
  if (item == 0)
    stalled->is_alone = atomic_load(&stalled->n_done) < stalled->n - 1;
  atomic_fetch_add(&stalled->n_done, 1);
}

START_TEST(what_a_slow_thread_leaves_is_taken_by_others) {
  for (size_t k = 1; k < 4; k++) {
    struct stalled stalled = {.n = 64};
    struct pool *pool = pool_new(THREADS[k]);
    ck_assert_ptr_nonnull(pool);
    pool_run(pool, stall, &stalled, stalled.n);
    ck_assert(!stalled.is_alone);
    pool_free(pool);
  }
}
END_TEST

/* Workers sleep after some spinning: rounds far apart wake them again. */
START_TEST(sleeping_workers_wake_up) {
  static struct board board;
  struct pool *pool = pool_new(3);
  ck_assert_ptr_nonnull(pool);
  board.n_threads = 3;
  for (unsigned round = 1; round <= 10; round++) {
    const struct timespec pause = {0, 3000000};
    nanosleep(&pause, NULL);
    pool_run(pool, mark, &board, 64);
    for (size_t i = 0; i < 64; i++)
      rig_assert(atomic_load(&board.count[i]) == round);
  }
  pool_free(pool);
}
END_TEST

/* A worker that has no core, as on a busy machine: held in a signal handler,
 * where it sleeps and has no lock. */
static const struct timespec moment = {0, 1000000};
static _Atomic bool is_held, may_go;
static _Atomic size_t n_met;
static pthread_t worker;

static void hold(int number) {
  (void)number;
  is_held = true;
  while (!may_go) nanosleep(&moment, NULL);
}

static void meet(void *context, size_t item, size_t thread) {
  (void)context, (void)item;
  if (thread == 1) worker = pthread_self();
  n_met++;
  while (n_met < 2) nanosleep(&moment, NULL);
}

START_TEST(nobody_waits_for_a_worker_without_a_core) {
  static struct board board;
  struct sigaction action = {.sa_handler = hold};
  const struct timespec asleep = {0, 50000000};
  struct pool *pool = pool_new(2);
  ck_assert_ptr_nonnull(pool);
  board.n_threads = 2;
  pool_run(pool, meet, NULL, 2);
  nanosleep(&asleep, NULL);
  ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0);
  ck_assert_int_eq(pthread_kill(worker, SIGUSR1), 0);
  while (!is_held) nanosleep(&moment, NULL);
  for (unsigned round = 1; round <= 100; round++) {
    pool_run(pool, mark, &board, 64);
    for (size_t i = 0; i < 64; i++)
      rig_assert(atomic_load(&board.count[i]) == round);
  }
  may_go = true;
  pool_free(pool);
}
END_TEST

START_TEST(pools_come_and_go_unused) {
  for (size_t k = 0; k < 40; k++) {
    struct pool *pool = pool_new(k % 8);
    ck_assert_ptr_nonnull(pool);
    pool_free(pool);
  }
  pool_free(NULL);
}
END_TEST

int main(void) {
  const TTest *const tests[] = {
      every_item_is_done_once_for_any_number_of_threads,
      a_round_sees_all_that_the_round_before_wrote,
      what_a_slow_thread_leaves_is_taken_by_others,
      sleeping_workers_wake_up,
      nobody_waits_for_a_worker_without_a_core,
      pools_come_and_go_unused,
  };
  return RIG_SUITE("parallel", tests);
}
