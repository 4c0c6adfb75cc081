/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Laws of the calls of a resampler: what it gives follows from what it is lent
 * and from nothing else. */
#include <kac/sdk.h>
#include <pthread.h>
#include <stdlib.h>

#include "conform/draw.h"
#include "conform/laws.h"
#include "conform/preempt.h"

enum { SIZE = 64, ROUNDS = 40, THREADS = 4 };

static bool open_uneven(struct draw *draw, struct trial *trial) {
  double w[SIZE];
  if (!draw_open(draw, trial, SIZE, SIZE)) return false;
  draw_uneven(w, SIZE, trial->options->seed);
  draw_set_weights(draw, w);
  return true;
}

/* --- inputs ----------------------------------------------------------------
 */
static bool keeps_inputs(struct draw *draw, double *u) {
  const struct draw before = *draw;
  draw_set_uniforms(draw, 0);
  memcpy(u, draw->u, draw->n_uniform * sizeof *u);
  if (draw_call(draw) != KAC_OK) return draw_well(draw, 0, "uneven weights");
  const char *name =
      memcmp(before.w, draw->w, sizeof before.w) != 0            ? "w"
      : memcmp(before.logw, draw->logw, sizeof before.logw) != 0 ? "logw"
      : memcmp(u, draw->u, draw->n_uniform * sizeof *u) != 0     ? "u"
                                                                 : NULL;
  return !name ||
         trial_broken(draw->trial, "%s was written: it is input", name);
}

bool resampler_inputs(struct trial *trial) {
  struct draw draw = {0};
  bool is_kept = open_uneven(&draw, trial);
  double *u = memory_alloc((draw.n_uniform + 1) * sizeof *u);
  is_kept = is_kept && (u || trial_broken(trial, "no memory")) &&
            keeps_inputs(&draw, u);
  free(u);
  draw_close(&draw);
  return is_kept;
}

/* --- repeats ---------------------------------------------------------------
 */
static bool is_same(const struct draw *a, const struct draw *b) {
  return memcmp(a->ancestor, b->ancestor, sizeof a->ancestor) == 0 &&
         memcmp(a->logw_out, b->logw_out, sizeof a->logw_out) == 0;
}

/* The rounds of one, the last first, beside those of the other. */
static bool agree(struct draw *first, struct draw *second, const char *how) {
  struct draw *kept = memory_alloc(ROUNDS * sizeof *kept);
  bool is_kept = kept || trial_broken(first->trial, "no memory");
  for (size_t round = 0; is_kept && round < ROUNDS; round++) {
    is_kept = draw_well(first, round, "uneven weights");
    kept[round] = *first;
  }
  for (size_t round = ROUNDS; is_kept && round-- > 0;)
    is_kept = draw_well(second, round, "uneven weights") &&
              (is_same(&kept[round], second) ||
               trial_broken(first->trial,
                            "the same weights and uniforms give other "
                            "ancestors or weights %s",
                            how));
  free(kept);
  return is_kept;
}

bool resampler_repeats(struct trial *trial) {
  struct trial other;
  struct trial_wish wish = {.dim = trial->options->dim};
  struct draw first = {0}, second = {0};
  bool is_kept = trial_open(&other, trial->options, trial->component->kind,
                            &wish, trial->verdict);
  if (!is_kept)
    trial_broken(trial, "a second instance: %s", trial_messages(&other));
  is_kept = is_kept && open_uneven(&first, trial) &&
            open_uneven(&second, &other) &&
            agree(&first, &first, "in a second call") &&
            agree(&first, &second, "from a second instance");
  draw_close(&first);
  draw_close(&second);
  trial_close(&other);
  return is_kept;
}

/* --- threads ---------------------------------------------------------------
 */
struct crew {
  struct draw draw, right[THREADS];
  size_t round; /* whose answer is asked for, below THREADS */
  kac_status status;
  bool is_same;
};

static bool crew_prepare(void *side) {
  struct crew *crew = side;
  draw_set_uniforms(&crew->draw, crew->round);
  return true;
}

static void crew_call(void *side) {
  struct crew *crew = side;
  crew->status = draw_call(&crew->draw);
}

static bool crew_is_right(void *side) {
  const struct crew *crew = side;
  return crew->status == KAC_OK &&
         is_same(&crew->right[crew->round], &crew->draw);
}

static void *crew_main(void *argument) {
  struct crew *crew = argument;
  crew->is_same = true;
  for (size_t k = 0; crew->is_same && k < 50 * ROUNDS; k++) {
    crew->round = k % THREADS;
    crew_prepare(crew);
    crew_call(crew);
    crew->is_same = crew_is_right(crew);
  }
  return NULL;
}

static bool crew_open(struct crew *crew, struct trial *trial) {
  bool is_kept = open_uneven(&crew->draw, trial);
  for (size_t k = 0; is_kept && k < THREADS; k++) {
    is_kept = draw_well(&crew->draw, k, "uneven weights");
    crew->right[k] = crew->draw;
  }
  return is_kept;
}

static bool look_stopped(struct trial *trial, struct crew *crew) {
  const struct preempt preempt = {crew_prepare, crew_call, crew_is_right,
                                  &crew[0],     &crew[1],  PREEMPT_SECONDS};
  crew[0].round = 0;
  crew[1].round = 1;
  return preempt_run(&preempt) ||
         trial_broken(trial,
                      "called from another thread in the middle of a call it "
                      "gives other ancestors or weights");
}

static bool look_abreast(struct trial *trial, struct crew *crew) {
  pthread_t handle[THREADS];
  bool is_kept = true;
  size_t n = 0;
  for (; n < THREADS; n++)
    if (pthread_create(&handle[n], NULL, crew_main, &crew[n]) != 0) break;
  for (size_t k = 0; k < n; k++) pthread_join(handle[k], NULL);
  for (size_t k = 0; k < n; k++) is_kept = is_kept && crew[k].is_same;
  return is_kept || trial_broken(trial,
                                 "called from %d threads at once it gives "
                                 "other ancestors or weights",
                                 (int)THREADS);
}

bool resampler_threads(struct trial *trial) {
  struct crew *crew = memory_alloc(THREADS * sizeof *crew);
  bool is_kept = crew || trial_broken(trial, "no memory");
  for (size_t k = 0; is_kept && k < THREADS; k++)
    is_kept = crew_open(&crew[k], trial);
  is_kept = is_kept && look_stopped(trial, crew) && look_abreast(trial, crew);
  for (size_t k = 0; crew && k < THREADS; k++) draw_close(&crew[k].draw);
  free(crew);
  return is_kept;
}
