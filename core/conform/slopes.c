/* SPDX-License-Identifier: GPL-3.0-or-later */
/* f'(0) = (8 (f(h) - f(-h)) - (f(2h) - f(-2h)))/(12 h) with h a hundredth of
 * the width of the points: 1e-8 of error for what is smooth over that width,
 * and 1e-5 for a network in float32. */
#include "conform/slopes.h"

#include <kac/sdk.h>
#include <stdlib.h>

static const double at_steps[4] = {1, -1, 2, -2};
static const double weight2[4] = {0.5, -0.5, 0, 0};
static const double weight4[4] = {8.0 / 12, -8.0 / 12, -1.0 / 12, 1.0 / 12};

static void draw_directions(struct slopes *slopes, const struct trial *trial,
                            size_t axis) {
  const kac_space *space = &trial->spec->space;
  size_t d = slopes->d;
  struct rng_key key = rng_key(trial->options->seed, USE_MODEL, 2);
  rng_normal(key, (struct rng_address){0}, slopes->n, slopes->u, d, d);
  if (space->flags & KAC_MEAN_FREE)
    call_project(space, slopes->n, slopes->u, d);
  for (size_t i = 0; i < slopes->n; i++) {
    double *u = slopes->u + i * d, sum = 0;
    for (size_t k = 0; k < d; k++) {
      if (axis < d) u[k] = k == axis;
      sum += u[k] * u[k];
    }
    for (size_t k = 0; k < d && sum > 0; k++) u[k] /= sqrt(sum);
  }
}

bool slopes_open(struct slopes *slopes, struct trial *trial,
                 const struct sheet *sheet, size_t n_col, size_t axis) {
  size_t n = sheet->n, d = trial->spec->space.n_real;
  *slopes = (struct slopes){.n = n, .d = d, .n_col = n_col};
  slopes->h = 0.01 * trial->options->spread;
  slopes->u = memory_alloc(n * d * sizeof *slopes->u);
  slopes->second = memory_alloc(n * n_col * sizeof *slopes->second);
  slopes->fourth = memory_alloc(n * n_col * sizeof *slopes->fourth);
  if (!slopes->u || !slopes->second || !slopes->fourth)
    return trial_broken(trial, "no memory for differences");
  draw_directions(slopes, trial, axis);
  return true;
}

void slopes_close(struct slopes *slopes) {
  free(slopes->u);
  free(slopes->second);
  free(slopes->fourth);
}

bool slopes_take(struct slopes *slopes, struct trial *trial,
                 const struct sheet *sheet, uint64_t bit) {
  struct sheet moved = *sheet;
  size_t n = slopes->n, d = slopes->d;
  bool is_good = true;
  moved.x = memory_alloc(n * d * sizeof *moved.x);
  if (!moved.x) return trial_broken(trial, "no memory for differences");
  memset(slopes->second, 0, n * slopes->n_col * sizeof *slopes->second);
  memset(slopes->fourth, 0, n * slopes->n_col * sizeof *slopes->fourth);
  for (size_t s = 0; s < 4 && is_good; s++) {
    struct batch batch = {0};
    for (size_t k = 0; k < n * d; k++)
      moved.x[k] = sheet->x[k] + at_steps[s] * slopes->h * slopes->u[k];
    is_good = sheet_ask_for(&moved, trial, 0, n, bit, &batch);
    for (size_t i = 0; is_good && i < n; i++)
      for (size_t k = 0; k < slopes->n_col; k++) {
        double value = batch.out[0].values[i * batch.out[0].ld + k] / slopes->h;
        size_t at = i * slopes->n_col + k;
        if (weight2[s] != 0) slopes->second[at] += weight2[s] * value;
        slopes->fourth[at] += weight4[s] * value;
      }
    batch_free(&batch);
  }
  free(moved.x);
  return is_good;
}

bool slopes_is_smooth(const struct slopes *slopes, size_t i, size_t column) {
  size_t at = i * slopes->n_col + column;
  double second = slopes->second[at], fourth = slopes->fourth[at];
  return isfinite(fourth) && isfinite(second) &&
         fabs(fourth - second) <= 2e-3 * fabs(fourth);
}

bool slopes_agree(const struct slopes *slopes, size_t i, size_t column,
                  double claimed, double size) {
  double fourth = slopes->fourth[i * slopes->n_col + column];
  return fabs(claimed - fourth) <= 0.01 * fabs(fourth) + 1e-5 * size;
}
