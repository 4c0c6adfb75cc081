/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Laws of resamplers: who may be chosen, and how often on average. */
#include <kac/sdk.h>
#include <stdlib.h>

#include "conform/laws.h"

/* --- one resampling --------------------------------------------------------
 */
enum { MOST = 128 };
struct draw {
  struct trial *trial;
  size_t n_in, n_out, n_uniform;
  double w[MOST], logw[MOST], logw_out[2 * MOST], *u;
  uint32_t ancestor[2 * MOST];
  void *scratch;
  kac_error err;
};

static bool draw_open(struct draw *draw, struct trial *trial, size_t n_in,
                      size_t n_out) {
  const kac_resampler_ops *ops = trial->component->ops;
  *draw = (struct draw){.trial = trial, .n_in = n_in, .n_out = n_out};
  draw->n_uniform = ops->n_uniform(trial->instance->self, n_in, n_out);
  if (draw->n_uniform > 1u << 24)
    return trial_broken(trial, "n_uniform(%zu, %zu) is %zu", n_in, n_out,
                        draw->n_uniform);
  draw->u = memory_alloc((draw->n_uniform + 1) * sizeof *draw->u);
  draw->scratch = memory_alloc(trial->instance->plan.scratch_bytes + 64);
  return (draw->u && draw->scratch) || trial_broken(trial, "no memory");
}

static void draw_close(struct draw *draw) {
  free(draw->u);
  free(draw->scratch);
}

static void set_weights(struct draw *draw, const double *w) {
  double sum = 0;
  for (size_t i = 0; i < draw->n_in; i++) sum += w[i];
  for (size_t i = 0; i < draw->n_in; i++) {
    draw->w[i] = w[i] / sum;
    draw->logw[i] = draw->w[i] > 0 ? log(draw->w[i]) : -KAC_INF;
  }
}

static kac_status draw_once(struct draw *draw, size_t round) {
  const struct trial *trial = draw->trial;
  const kac_resampler_ops *ops = trial->component->ops;
  struct rng_key key = rng_key(trial->options->seed, USE_RESAMPLE, 0);
  struct rng_address at = {(uint32_t)round, 0, (uint32_t)draw->n_out, 0};
  kac_resample_io io = {.struct_size = sizeof io,
                        .n_in = draw->n_in,
                        .n_out = draw->n_out,
                        .w = draw->w,
                        .logw = draw->logw,
                        .u = draw->u,
                        .ancestor = draw->ancestor,
                        .logw_out = draw->logw_out,
                        .scratch = draw->scratch};
  rng_uniform(key, at, 1, draw->u, 0, draw->n_uniform);
  memset(draw->scratch, 0xf9, trial->instance->plan.scratch_bytes);
  for (size_t j = 0; j < 2 * MOST; j++) {
    draw->ancestor[j] = UINT32_MAX;
    draw->logw_out[j] = -log((double)draw->n_out);
  }
  draw->err = (kac_error){.row = -1};
  return ops->resample(trial->instance->self, &io, &draw->err);
}

/* Every entry: a living particle, a weight that is a number. */
static bool check_entries(struct draw *draw, const char *what) {
  struct trial *trial = draw->trial;
  for (size_t j = 0; j < draw->n_out; j++) {
    size_t a = draw->ancestor[j];
    if (a == UINT32_MAX)
      return trial_broken(trial, "%s: ancestor[%zu] of %zu is not written",
                          what, j, draw->n_out);
    if (a >= draw->n_in)
      return trial_broken(trial, "%s: ancestor[%zu] = %zu is not below %zu",
                          what, j, a, draw->n_in);
    if (!(draw->w[a] > 0))
      return trial_broken(trial,
                          "%s: ancestor[%zu] = %zu, a particle of weight zero",
                          what, j, a);
    if (!(draw->logw_out[j] < KAC_INF))
      return trial_broken(trial, "%s: logw_out[%zu] is %s", what, j,
                          isnan(draw->logw_out[j]) ? "NaN" : "+inf");
  }
  if (draw->ancestor[draw->n_out] != UINT32_MAX)
    return trial_broken(trial, "%s: more than %zu ancestors are written", what,
                        draw->n_out);
  return true;
}

static bool draw_well(struct draw *draw, size_t round, const char *what) {
  kac_status status = draw_once(draw, round);
  if (status == KAC_OK) return check_entries(draw, what);
  draw->err.msg[sizeof draw->err.msg - 1] = '\0';
  return trial_broken(draw->trial, "%s: status %d: %s", what, (int)status,
                      draw->err.msg[0] ? draw->err.msg : "no message");
}

/* --- weights ---------------------------------------------------------------
 */
static void uneven(double *w, size_t n, uint64_t seed) {
  struct rng_key key = rng_key(seed, USE_MODEL, 3);
  rng_normal(key, (struct rng_address){0}, 1, w, 0, n);
  for (size_t i = 0; i < n; i++) w[i] = exp(1.2 * w[i]);
}

typedef bool with_draw(struct draw *);

static bool with_sizes(struct trial *trial, size_t n_in, size_t n_out,
                       with_draw *look) {
  struct draw draw;
  bool is_kept = draw_open(&draw, trial, n_in, n_out) && look(&draw);
  draw_close(&draw);
  return is_kept;
}

static bool look_range(struct draw *draw) {
  double w[MOST];
  char what[80];
  uneven(w, draw->n_in, draw->trial->options->seed);
  set_weights(draw, w);
  snprintf(what, sizeof what, "%zu particles in and %zu out", draw->n_in,
           draw->n_out);
  for (size_t round = 0; round < 50; round++)
    if (!draw_well(draw, round, what)) return false;
  return true;
}

/* The host resamples n to n; a scheme may refuse other sizes, not get them
 * wrong. */
bool law_range(struct trial *trial) {
  static const size_t n_out[] = {64, 1, 17, 100};
  if (!with_sizes(trial, 64, 64, look_range)) return false;
  for (size_t k = 1; k < 4; k++) {
    if (with_sizes(trial, 64, n_out[k], look_range)) continue;
    if (strstr(trial->verdict->text, "status ")) {
      trial->verdict->code = VERDICT_NONE;
      continue;
    }
    return false;
  }
  return true;
}

static bool look_zero(struct draw *draw) {
  double w[MOST];
  uneven(w, draw->n_in, draw->trial->options->seed);
  for (size_t i = 0; i < draw->n_in; i += 3) w[i] = 0;
  w[draw->n_in - 1] = w[draw->n_in - 2] = 0;
  set_weights(draw, w);
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
  set_weights(draw, w);
  for (size_t round = 0; round < 50; round++)
    if (!draw_well(draw, round, what)) return false;
  return true;
}

static bool look_one(struct draw *draw) {
  const double w = 1;
  return draw_case(draw, &w, "one particle");
}

static bool look_hard(struct draw *draw) {
  double equal[MOST], alone[MOST] = {0}, last[MOST] = {0}, tiny[MOST];
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
/* |z| < 5.5 has a false alarm in 3e7; here are 25 of them, with fixed seeds. */
static bool is_mean(const double sum[2], double rounds, double expected,
                    double *mean, double *error) {
  *mean = sum[0] / rounds;
  *error = sqrt(fmax(sum[1] / rounds - *mean * *mean, 0) / rounds);
  return fabs(*mean - expected) < 5.5 * *error + 1e-8;
}

static bool judge_means(const struct draw *draw, double sum[][2],
                        double rounds) {
  double mean, error;
  for (size_t i = 0; i < draw->n_in; i++)
    if (!is_mean(sum[i], rounds, draw->w[i], &mean, &error))
      return trial_broken(draw->trial,
                          "particle %zu of weight %.4f gets %.4f +- %.4f of "
                          "the weight on average over %.0f resamplings",
                          i, draw->w[i], mean, error, rounds);
  return is_mean(sum[draw->n_in], rounds, 1, &mean, &error) ||
         trial_broken(draw->trial,
                      "all together have %.4f +- %.4f of the weight on average "
                      "over %.0f resamplings",
                      mean, error, rounds);
}

static void add_square(double sum[2], double value) {
  sum[0] += value;
  sum[1] += value * value;
}

static bool look_unbiased(struct draw *draw) {
  struct trial *trial = draw->trial;
  double w[MOST], sum[MOST + 1][2] = {{0}}, part[MOST];
  size_t n = draw->n_in, rounds = trial_count(trial, 20000, 4000);
  uneven(w, n, trial->options->seed);
  w[3] = 0;
  set_weights(draw, w);
  for (size_t round = 0; round < rounds; round++) {
    double all = 0;
    if (!draw_well(draw, round, "uneven weights")) return false;
    memset(part, 0, sizeof part);
    for (size_t j = 0; j < draw->n_out; j++) {
      part[draw->ancestor[j]] += exp(draw->logw_out[j]);
      all += exp(draw->logw_out[j]);
    }
    for (size_t i = 0; i < n; i++) add_square(sum[i], part[i]);
    add_square(sum[n], all);
  }
  return judge_means(draw, sum, (double)rounds);
}

bool law_unbiased(struct trial *trial) {
  if (trial->component->provides & KAC_R_BIASED)
    return trial_skipped(trial, "it says that it is biased (KAC_R_BIASED)");
  return with_sizes(trial, 24, 24, look_unbiased);
}
