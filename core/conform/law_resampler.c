/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Laws of resamplers: who may be chosen, and how often on average. */
#include <kac/sdk.h>
#include <stdlib.h>

#include "conform/draw.h"
#include "conform/laws.h"
#include "conform/tally.h"

/* --- sizes ---------------------------------------------------------------
 */
typedef bool with_draw(struct draw *);

static bool with_sizes(struct trial *trial, size_t n_in, size_t n_out,
                       with_draw *look) {
  struct draw draw;
  bool is_kept = draw_open(&draw, trial, n_in, n_out) && look(&draw);
  draw_close(&draw);
  return is_kept;
}

static bool look_range(struct draw *draw) {
  double w[DRAW_MOST];
  char what[80];
  draw_uneven(w, draw->n_in, draw->trial->options->seed);
  draw_set_weights(draw, w);
  snprintf(what, sizeof what, "%zu particles in and %zu out", draw->n_in,
           draw->n_out);
  for (size_t round = 0; round < 50; round++)
    if (!draw_well(draw, round, what)) return false;
  return true;
}

/* The host resamples n to n; a scheme may refuse other sizes, not get them
 * wrong. */
bool law_range(struct trial *trial) {
  static const size_t n_out[] = {1, 17, 100};
  if (!with_sizes(trial, 64, 64, look_range)) return false;
  for (size_t k = 0; k < 3; k++) {
    if (with_sizes(trial, 64, n_out[k], look_range)) continue;
    if (!strstr(trial->verdict->text, "status ")) return false;
    trial->verdict->code = VERDICT_NONE;
  }
  return true;
}

bool resampler_use(struct trial *trial) {
  return with_sizes(trial, 64, 64, look_range);
}

static bool look_zero(struct draw *draw) {
  double w[DRAW_MOST];
  draw_uneven(w, draw->n_in, draw->trial->options->seed);
  for (size_t i = 0; i < draw->n_in; i += 3) w[i] = 0;
  w[draw->n_in - 1] = w[draw->n_in - 2] = 0;
  draw_set_weights(draw, w);
  for (size_t round = 0; round < 400; round++)
    if (!draw_well(draw, round, "a third of the weights zero")) return false;
  return true;
}

bool law_zero(struct trial *trial) {
  return with_sizes(trial, 60, 60, look_zero);
}

/* --- hard cases ------------------------------------------------------------
 */
static bool draw_case(struct draw *draw, const double *w, const char *what) {
  draw_set_weights(draw, w);
  for (size_t round = 0; round < 50; round++)
    if (!draw_well(draw, round, what)) return false;
  return true;
}

static bool look_one(struct draw *draw) {
  const double w = 1;
  return draw_case(draw, &w, "one particle");
}

static bool look_hard(struct draw *draw) {
  double equal[DRAW_MOST], alone[DRAW_MOST] = {0}, last[DRAW_MOST] = {0},
                           tiny[DRAW_MOST];
  size_t n = draw->n_in;
  for (size_t i = 0; i < n; i++) {
    equal[i] = 1;
    tiny[i] = i == 5 ? 1 : 1e-290;
  }
  alone[7] = 1;
  last[n - 1] = 1;
  return draw_case(draw, equal, "equal weights") &&
         draw_case(draw, alone, "one alone alive") &&
         draw_case(draw, last, "the last one alone alive") &&
         draw_case(draw, tiny, "all but one of weight 1e-290");
}

bool law_degenerate(struct trial *trial) {
  return with_sizes(trial, 1, 1, look_one) &&
         with_sizes(trial, 64, 64, look_hard);
}

/* --- expected offspring ----------------------------------------------------
 */
static bool judge_means(const struct draw *draw, const struct tally *got) {
  double mean, error;
  for (size_t i = 0; i < draw->n_in; i++)
    if (!tally_is_near(&got[i], draw->w[i], 1e-8, &mean, &error))
      return trial_broken(draw->trial,
                          "%zu in, %zu out: particle %zu of weight %.4f gets "
                          "%.4f +- %.4f of the weight on average over %.0f "
                          "resamplings",
                          draw->n_in, draw->n_out, i, draw->w[i], mean, error,
                          got[i].n);
  return tally_is_near(&got[draw->n_in], 1, 1e-8, &mean, &error) ||
         trial_broken(draw->trial,
                      "%zu in, %zu out: all together have %.4f +- %.4f of the "
                      "weight on average over %.0f resamplings",
                      draw->n_in, draw->n_out, mean, error, got[draw->n_in].n);
}

static bool look_unbiased(struct draw *draw) {
  struct trial *trial = draw->trial;
  struct tally got[DRAW_MOST + 1] = {{0}};
  double w[DRAW_MOST], part[DRAW_MOST];
  size_t n = draw->n_in, rounds = 20000;
  draw_uneven(w, n, trial->options->seed);
  w[3] = 0;
  draw_set_weights(draw, w);
  for (size_t round = 0; round < rounds; round++) {
    double all = 0;
    if (!draw_well(draw, round, "uneven weights")) return false;
    memset(part, 0, sizeof part);
    for (size_t j = 0; j < draw->n_out; j++) {
      part[draw->ancestor[j]] += exp(draw->logw_out[j]);
      all += exp(draw->logw_out[j]);
    }
    for (size_t i = 0; i < n; i++) tally_add(&got[i], part[i]);
    tally_add(&got[n], all);
  }
  return judge_means(draw, got);
}

/* Of other sizes too, unless they are refused; what is no ancestor there is a
 * matter of `range`. */
bool law_unbiased(struct trial *trial) {
  static const size_t n_out[] = {1, 10, 60};
  if (trial->component->provides & KAC_R_BIASED)
    return trial_skipped(trial, "it says that it is biased (KAC_R_BIASED)");
  if (!with_sizes(trial, 24, 24, look_unbiased)) return false;
  for (size_t k = 0; k < 3; k++) {
    if (with_sizes(trial, 24, n_out[k], look_unbiased)) continue;
    if (strstr(trial->verdict->text, "on average")) return false;
    trial->verdict->code = VERDICT_NONE;
  }
  return true;
}
