/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "conform/draw.h"

#include <kac/sdk.h>
#include <stdlib.h>

bool draw_open(struct draw *draw, struct trial *trial, size_t n_in,
               size_t n_out) {
  const kac_resampler_ops *ops = trial->component->ops;
  *draw = (struct draw){.trial = trial, .n_in = n_in, .n_out = n_out};
  draw->n_uniform = ops->n_uniform(trial->instance->self, n_in, n_out);
  if (draw->n_uniform > 1u << 24) {
    trial_broken(trial, "n_uniform(%zu, %zu) is %zu, expected up to %u", n_in,
                 n_out, draw->n_uniform, 1u << 24);
    return trial_advise(trial,
                        "n_uniform() gives the number of uniforms of one "
                        "resampling: look for a subtraction below zero");
  }
  draw->u = memory_alloc((draw->n_uniform + 1) * sizeof *draw->u);
  draw->scratch = memory_alloc(trial->instance->plan.scratch_bytes + 64);
  return (draw->u && draw->scratch) || trial_broken(trial, "no memory");
}

void draw_close(struct draw *draw) {
  free(draw->u);
  free(draw->scratch);
}

void draw_set_weights(struct draw *draw, const double *w) {
  double sum = 0;
  for (size_t i = 0; i < draw->n_in; i++) sum += w[i];
  for (size_t i = 0; i < draw->n_in; i++) {
    draw->w[i] = w[i] / sum;
    draw->logw[i] = draw->w[i] > 0 ? log(draw->w[i]) : -KAC_INF;
  }
}

void draw_set_uniforms(struct draw *draw, size_t round) {
  struct rng_key key = rng_key(draw->trial->options->seed, USE_RESAMPLE, 0);
  struct rng_address at = {(uint32_t)round, 0, (uint32_t)draw->n_out, 0};
  rng_uniform(key, at, 1, draw->u, 0, draw->n_uniform);
}

kac_status draw_call(struct draw *draw) {
  const struct trial *trial = draw->trial;
  const kac_resampler_ops *ops = trial->component->ops;
  kac_resample_io io = {.struct_size = sizeof io,
                        .n_in = draw->n_in,
                        .n_out = draw->n_out,
                        .w = draw->w,
                        .logw = draw->logw,
                        .u = draw->u,
                        .ancestor = draw->ancestor,
                        .logw_out = draw->logw_out,
                        .scratch = draw->scratch};
  memset(draw->scratch, 0xf9, trial->instance->plan.scratch_bytes);
  for (size_t j = 0; j < 2 * DRAW_MOST; j++) {
    draw->ancestor[j] = UINT32_MAX;
    draw->logw_out[j] = -log((double)draw->n_out);
  }
  draw->err = (kac_error){.row = -1};
  struct crash_site before = trial_enter(trial);
  kac_status status = ops->resample(trial->instance->self, &io, &draw->err);
  crash_enter(before);
  return status;
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

bool draw_well(struct draw *draw, size_t round, const char *what) {
  draw_set_uniforms(draw, round);
  kac_status status = draw_call(draw);
  if (status == KAC_OK) return check_entries(draw, what);
  draw->err.msg[sizeof draw->err.msg - 1] = '\0';
  return trial_broken(draw->trial, "%s: status %d: %s", what, (int)status,
                      draw->err.msg[0] ? draw->err.msg : "no message");
}

void draw_uneven(double *w, size_t n, uint64_t seed) {
  struct rng_key key = rng_key(seed, USE_MODEL, 3);
  rng_normal(key, (struct rng_address){0}, 1, w, 0, n);
  for (size_t i = 0; i < n; i++) w[i] = exp(1.2 * w[i]);
}
