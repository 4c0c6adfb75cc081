/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The law of draws from a score model: they are rows of the model whose score
 * is given.  For draws x of a density with score s, s is zero on average and
 * x s is -1 for each coordinate (Stein's identity). */
#include <kac/sdk.h>
#include <stdlib.h>

#include "conform/laws.h"
#include "conform/tally.h"

enum { BLOCK = 64 };
struct draws {
  struct trial *trial;
  size_t n, d;
  double *x, *logp; /* n by d, n */
};

/* Rows row0 ... row0 + n - 1 of the run, written over marks. */
static bool draw_rows(const struct draws *draws, size_t row0, size_t n,
                      double *x, double *logp) {
  struct trial *trial = draws->trial;
  struct worker *worker = &trial->run.workers[0];
  struct site site = {.worker = worker, .row0 = row0, .n = n, .is_probe = true};
  kac_sample_io io = {.struct_size = sizeof io,
                      .t = sheet_time(trial),
                      .x = {x, draws->d, NULL, 0},
                      .logp = logp};
  for (size_t k = 0; k < n * draws->d; k++) x[k] = KAC_NAN;
  for (size_t i = 0; logp && i < n; i++) logp[i] = KAC_NAN;
  if (!call_sample(&site, trial->instance, &io))
    return trial_broken(trial, "%s", worker->fault.text);
  for (size_t i = 0; logp && i < n; i++)
    if (isnan(logp[i]))
      return trial_broken(trial, "logp of draw %zu is not written, or NaN", i);
  return true;
}

/* --- whoever asks ----------------------------------------------------------
 */
static bool repeats(const struct draws *draws) {
  double *other = memory_alloc(BLOCK * draws->d * sizeof *other);
  size_t from = 5, n = BLOCK - 2 * from;
  bool is_kept = other && draw_rows(draws, from, n, other, NULL);
  if (is_kept && memcmp(other, draws->x + from * draws->d,
                        n * draws->d * sizeof *other) != 0)
    is_kept =
        trial_broken(draws->trial,
                     "rows %zu to %zu are others in a block of their own, "
                     "without logp",
                     from, from + n - 1);
  free(other);
  return is_kept;
}

/* --- are they of the model? ------------------------------------------------
 */
static bool add_block(struct draws *draws, size_t first,
                      struct tally *score_sum, struct tally *product) {
  struct batch batch = {0};
  struct sheet here = {.n = BLOCK, .x = draws->x + first * draws->d};
  for (size_t i = 0; i < BLOCK; i++) here.row[i] = i;
  bool is_good =
      sheet_ask_for(&here, draws->trial, 0, BLOCK, KAC_Q_SCORE, &batch);
  for (size_t i = 0; is_good && i < BLOCK; i++) {
    const double *score = batch.out[0].values + i * batch.out[0].ld;
    double sum = 0, dot = 0;
    for (size_t k = 0; k < draws->d; k++) {
      sum += score[k];
      dot += score[k] * here.x[i * draws->d + k];
    }
    tally_add(score_sum, sum);
    tally_add(product, dot);
  }
  batch_free(&batch);
  return is_good;
}

static bool obey_stein(struct draws *draws) {
  struct tally sum = {0}, product = {0};
  double mean, error;
  double dof = draws->trial->spec->space.n_dof;
  for (size_t first = 0; first < draws->n; first += BLOCK)
    if (!add_block(draws, first, &sum, &product)) return false;
  if (!tally_is_near(&sum, 0, 1e-6, &mean, &error))
    return trial_broken(draws->trial,
                        "the score is %.4g +- %.2g on average over %zu draws, "
                        "expected 0",
                        mean, error, draws->n);
  return tally_is_near(&product, -dof, 1e-6, &mean, &error) ||
         trial_broken(draws->trial,
                      "x . score is %.4g +- %.2g on average over %zu draws, "
                      "expected %g",
                      mean, error, draws->n, -dof);
}

static bool has_same_logp(struct draws *draws) {
  struct batch batch = {0};
  struct sheet here = {.n = BLOCK, .x = draws->x};
  for (size_t i = 0; i < BLOCK; i++) here.row[i] = i;
  bool is_kept =
      sheet_ask_for(&here, draws->trial, 0, BLOCK, KAC_Q_LOGP, &batch);
  for (size_t i = 0; is_kept && i < BLOCK; i++) {
    double told = draws->logp[i], right = batch.out[0].values[i];
    if (!(fabs(told - right) <= 1e-6 * (1 + fabs(right))))
      is_kept = trial_broken(draws->trial,
                             "logp of draw %zu is %.8g, and %.8g when it is "
                             "asked for at that point",
                             i, told, right);
  }
  batch_free(&batch);
  return is_kept;
}

static bool look(struct draws *draws) {
  uint64_t provides = instance_provides(draws->trial->instance);
  for (size_t first = 0; first < draws->n; first += BLOCK)
    if (!draw_rows(draws, first, BLOCK, draws->x + first * draws->d,
                   draws->logp + first))
      return false;
  return repeats(draws) && (!(provides & KAC_Q_LOGP) || has_same_logp(draws)) &&
         (!(provides & KAC_Q_SCORE) || obey_stein(draws));
}

bool law_sample(struct trial *trial) {
  struct draws draws = {.trial = trial, .d = trial->spec->space.n_real};
  if (!(instance_provides(trial->instance) & KAC_Q_SAMPLE))
    return trial_skipped(trial, "it offers no draws");
  if (trial->spec->block < BLOCK)
    return trial_skipped(trial, "blocks are of %zu rows, expected %d",
                         trial->spec->block, (int)BLOCK);
  draws.n = 64 * BLOCK;
  draws.x = memory_alloc(draws.n * draws.d * sizeof *draws.x);
  draws.logp = memory_alloc(draws.n * sizeof *draws.logp);
  bool is_kept = (draws.x && draws.logp && trial_lend(trial)) ||
                 trial_broken(trial, "no memory for draws");
  is_kept = is_kept && look(&draws);
  free(draws.x);
  free(draws.logp);
  return is_kept;
}
