/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The law that calls from several threads do not disturb each other: each one
 * stopped in its middle by a whole call, and four side by side. */
#include <kac/sdk.h>
#include <pthread.h>

#include "conform/laws.h"
#include "conform/preempt.h"

enum { THREADS = 4, ROUNDS = 40 };

/* Some of the rows, and what they give when nobody else calls. */
struct part {
  size_t begin, n;
  struct batch right;
};
/* Who asks for a part, on a thread of their own. */
struct asker {
  struct trial *trial;
  const struct sheet *sheet;
  const struct part *part;
  size_t thread;
  struct batch batch;
  kac_status status;
  char text[256]; /* what is wrong, or "" */
};

/* --- one who asks ----------------------------------------------------------
 */
static bool asker_prepare(void *side) {
  struct asker *asker = side;
  const struct part *part = asker->part;
  batch_free(&asker->batch);
  if (!sheet_lay(asker->sheet, asker->trial, part->begin, part->n,
                 part->right.want, &asker->batch))
    return false;
  asker->batch.thread = asker->thread;
  return true;
}

static void asker_call(void *side) {
  struct asker *asker = side;
  asker->status = batch_call(&asker->batch);
}

static bool asker_is_right(void *side) {
  struct asker *asker = side;
  struct batch *batch = &asker->batch;
  const struct part *part = asker->part;
  const char *name;
  size_t column;
  if (asker->status != KAC_OK) {
    batch->err.msg[sizeof batch->err.msg - 1] = '\0';
    snprintf(asker->text, sizeof asker->text, "status %d: %.200s",
             (int)asker->status, batch->err.msg);
    return false;
  }
  for (size_t i = 0; i < part->n; i++)
    if (!batch_same(batch, i, &part->right, i, &name, &column)) {
      snprintf(asker->text, sizeof asker->text, "%s[%zu] of row %zu differs",
               name, column, part->begin + i);
      return false;
    }
  asker->text[0] = '\0';
  return true;
}

/* --- parts -----------------------------------------------------------------
 */
/* Of a single row all have the same. */
static bool parts_open(struct part *part, size_t n_parts, struct trial *trial,
                       const struct sheet *sheet) {
  size_t n = sheet->n / n_parts > 0 ? sheet->n / n_parts : 1;
  for (size_t k = 0; k < n_parts; k++) {
    part[k] = (struct part){.begin = k * n % sheet->n, .n = n};
    if (!sheet_ask(sheet, trial, part[k].begin, n, &part[k].right))
      return false;
  }
  return true;
}

static void parts_close(struct part *part, size_t n_parts) {
  for (size_t k = 0; k < n_parts; k++) batch_free(&part[k].right);
}

/* --- one stopped by another ------------------------------------------------
 */
static bool look_stopped(struct trial *trial, const struct sheet *sheet) {
  struct part half[2] = {{0}};
  struct asker one = {trial, sheet, &half[0], .thread = 0};
  struct asker other = {trial, sheet, &half[1], .thread = 1};
  const struct preempt preempt = {asker_prepare, asker_call, asker_is_right,
                                  &one,          &other,     PREEMPT_SECONDS};
  bool is_kept = parts_open(half, 2, trial, sheet);
  if (is_kept && !preempt_run(&preempt))
    is_kept = trial_broken(
        trial, "called from another thread in the middle of a call: %s",
        one.text[0] ? one.text : other.text);
  batch_free(&one.batch);
  batch_free(&other.batch);
  parts_close(half, 2);
  return is_kept;
}

/* --- four side by side -----------------------------------------------------
 */
struct crew {
  struct asker asker;
  const struct part *part;
};

static void *crew_main(void *argument) {
  struct crew *crew = argument;
  struct asker *asker = &crew->asker;
  for (size_t k = 0; !asker->text[0] && k < ROUNDS; k++) {
    asker->part = &crew->part[(asker->thread + k) % THREADS];
    if (!asker_prepare(asker)) break;
    asker_call(asker);
    (void)asker_is_right(asker);
  }
  batch_free(&asker->batch);
  return NULL;
}

static bool look_crew(struct trial *trial, const struct sheet *sheet,
                      const struct part *part) {
  struct crew crew[THREADS];
  pthread_t handle[THREADS];
  bool is_kept = true;
  size_t n = 0;
  for (; n < THREADS; n++) {
    crew[n] = (struct crew){{trial, sheet, .thread = n}, part};
    if (pthread_create(&handle[n], NULL, crew_main, &crew[n]) != 0) break;
  }
  for (size_t k = 0; k < n; k++) pthread_join(handle[k], NULL);
  for (size_t k = 0; k < n && is_kept; k++)
    if (crew[k].asker.text[0])
      is_kept = trial_broken(trial, "called from %d threads at once: %s",
                             (int)THREADS, crew[k].asker.text);
  return is_kept;
}

static bool look_abreast(struct trial *trial, const struct sheet *sheet) {
  struct part part[THREADS] = {{0}};
  bool is_kept =
      parts_open(part, THREADS, trial, sheet) && look_crew(trial, sheet, part);
  parts_close(part, THREADS);
  return is_kept;
}

/* --- the law ---------------------------------------------------------------
 */
static bool look(struct trial *trial) {
  struct sheet sheet;
  bool is_kept = sheet_open(&sheet, trial) && look_stopped(trial, &sheet) &&
                 look_abreast(trial, &sheet);
  sheet_close(&sheet);
  return is_kept;
}

bool law_threads(struct trial *trial) {
  struct trial many;
  struct trial_wish wish = {.dim = trial->options->dim, .n_threads = THREADS};
  if (trial->component->kind == KAC_RESAMPLER) return resampler_threads(trial);
  if (trial->component->threads != KAC_THREADS_BLOCK)
    return trial_skipped(trial,
                         "its table says that it is not called from "
                         "several threads at once");
  bool is_kept = trial_open(&many, trial->options, trial->component->kind,
                            &wish, trial->verdict);
  if (!is_kept) trial_broken(trial, "%s", trial_messages(&many));
  is_kept = is_kept && look(&many);
  trial_close(&many);
  return is_kept;
}
