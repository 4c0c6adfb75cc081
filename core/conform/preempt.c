/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The other thread sends a signal, whose handler waits in the middle of the
 * call until that thread is done.  Nothing in the handler may be waited for by
 * others: it looks at the clock, yields, and gives up when a lock of the plugin
 * or of malloc keeps the other thread from ever being done. */
#define _GNU_SOURCE /* pthread_sigqueue */
#include "conform/preempt.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "sampler/run.h"

/* Nobody is harmed by one that comes late: it is ignored unless asked for. */
#define SIGNAL SIGURG
/* A stop is wasted unless it falls between a write and the read after it, a
 * tenth of a call perhaps: many are needed, on busy machines as well. */
enum { MOST_STOPS = 3000, FEWEST_STOPS = 600, FEWEST_CALLS = 4, RUN = 256 };
/* What a call is stopped for, in its own durations and at least in seconds. */
#define PATIENCE 8
#define PATIENCE_LEAST 2e-3

enum moment { IDLE, ASKED, STOPPED };
struct stage {
  const struct preempt *preempt;
  pthread_t thread;
  _Atomic int moment;
  _Atomic bool is_calling, is_over;
  _Atomic size_t n_stops;
  double patience;
  bool is_repeatable;
  bool is_right; /* the whole calls */
};

static void on_signal(int number, siginfo_t *info, void *unused) {
  struct stage *stage = info->si_value.sival_ptr;
  int error = errno;
  (void)number, (void)unused;
  if (info->si_code != SI_QUEUE || info->si_pid != getpid()) return;
  double end = run_seconds() + stage->patience;
  stage->n_stops += stage->is_calling;
  stage->moment = stage->is_calling ? STOPPED : IDLE;
  while (stage->moment == STOPPED && run_seconds() < end) sched_yield();
  errno = error;
}

/* True: it is stopped inside a call now. */
static bool stop(struct stage *stage) {
  stage->moment = ASKED;
  if (pthread_sigqueue(stage->thread, SIGNAL,
                       (union sigval){.sival_ptr = stage}) != 0)
    stage->moment = IDLE;
  while (stage->moment == ASKED && !stage->is_over) sched_yield();
  return stage->moment == STOPPED;
}

/* Pauses of all lengths, lest signals and calls keep step. */
static void pause_for(size_t k) {
  struct timespec pause = {0, 500 + (long)(k * 7919 % 4001) * 5};
  nanosleep(&pause, NULL);
}

static void *make_whole_calls(void *argument) {
  struct stage *stage = argument;
  const struct preempt *preempt = stage->preempt;
  stage->is_right = true;
  prctl(PR_SET_TIMERSLACK, 1UL);
  for (size_t k = 0; !stage->is_over; k++) {
    pause_for(k);
    if (!preempt->prepare(preempt->whole)) break;
    if (!stop(stage)) continue;
    preempt->call(preempt->whole);
    stage->moment = IDLE;
    stage->is_right = preempt->is_right(preempt->whole);
    if (!stage->is_right || stage->n_stops >= MOST_STOPS) break;
  }
  stage->is_over = true;
  return NULL;
}

/* Calls of which at most the last was stopped: judging takes longer than they
 * do, and is no time to be stopped in. */
static void run_of_calls(struct stage *stage) {
  const struct preempt *preempt = stage->preempt;
  size_t n = stage->n_stops, k = 0;
  size_t most = stage->is_repeatable ? RUN : 1;
  stage->is_calling = true;
  do preempt->call(preempt->stopped);
  while (++k < most && stage->n_stops == n);
  stage->is_calling = false;
}

static bool is_enough(const struct stage *stage, double begin) {
  double limit = stage->preempt->seconds;
  if (stage->n_stops < FEWEST_STOPS) limit *= 4;
  return run_seconds() - begin > limit;
}

static bool make_stopped_calls(struct stage *stage) {
  const struct preempt *preempt = stage->preempt;
  double begin = run_seconds();
  bool is_right = true;
  for (size_t k = 0; is_right && !stage->is_over; k++) {
    if (k >= FEWEST_CALLS && is_enough(stage, begin)) break;
    if (!preempt->prepare(preempt->stopped)) break;
    run_of_calls(stage);
    is_right = preempt->is_right(preempt->stopped);
  }
  stage->is_over = true;
  return is_right;
}

/* Two calls without anybody else: how long they take, and whether a call leaves
 * all as it was, so that others may follow it at once. */
static void try_calls(struct stage *stage) {
  const struct preempt *preempt = stage->preempt;
  if (!preempt->prepare(preempt->stopped)) return;
  double begin = run_seconds();
  preempt->call(preempt->stopped);
  preempt->call(preempt->stopped);
  stage->patience =
      fmax(PATIENCE_LEAST, PATIENCE * (run_seconds() - begin) / 2);
  stage->is_repeatable = preempt->is_right(preempt->stopped);
}

bool preempt_run(const struct preempt *preempt) {
  struct stage stage = {.preempt = preempt, .thread = pthread_self()};
  struct sigaction before,
      action = {.sa_sigaction = on_signal,
                .sa_flags = (int)(SA_SIGINFO | SA_RESTART)};
  pthread_t other;
  sigemptyset(&action.sa_mask);
  try_calls(&stage);
  if (sigaction(SIGNAL, &action, &before) != 0) return true;
  bool is_right = true;
  if (pthread_create(&other, NULL, make_whole_calls, &stage) == 0) {
    is_right = make_stopped_calls(&stage);
    pthread_join(other, NULL);
    is_right = is_right && stage.is_right;
  }
  sigaction(SIGNAL, &before, NULL);
  return is_right;
}
