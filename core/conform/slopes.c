/* SPDX-License-Identifier: GPL-3.0-or-later */
/* f'(0) = (8 (f(h) - f(-h)) - (f(2h) - f(-2h)))/(12 h) with h a hundredth of
 * the width of the points: 1e-8 of error for what is smooth over that width,
 * and 1e-5 for a network in float32.  Beside it two gaps that are 0 for a
 * polynomial of degree 2: what differences over one and two lengths disagree
 * by, and how far the change of slope over two lengths is from twice that over
 * one, a quarter of it: that much of what noise in the values gives to the
 * derivative.  At kinks and where numbers are rounded coarsely they are of the
 * size of the error, which at one kink is at most 2.1 times both together. */
#include "conform/slopes.h"

#include <kac/sdk.h>
#include <stdlib.h>

const double slopes_steps[SLOPES_POINTS] = {1, -1, 2, -2, 0};
static const struct {
  double fourth, odd, even;
} weight[SLOPES_POINTS] = {{8.0 / 12, 1.0 / 2, -1.0 / 2},
                           {-8.0 / 12, -1.0 / 2, -1.0 / 2},
                           {-1.0 / 12, -1.0 / 4, 1.0 / 8},
                           {1.0 / 12, 1.0 / 4, 1.0 / 8},
                           {0, 0, 3.0 / 4}}; /* times f - f = 0 */
static const double ROUGH = 2e-3; /* a gap as a part of the derivative */

struct slope slopes_of(const double f[SLOPES_POINTS], double h) {
  double fourth = 0, odd = 0, even = 0;
  for (size_t s = 0; s < SLOPES_POINTS; s++) {
    fourth += weight[s].fourth * f[s] / h;
    odd += weight[s].odd * f[s] / h;
    even += weight[s].even * (f[s] - f[4]) / h; /* of a constant: 0 exactly */
  }
  return (struct slope){fourth, sqrt(odd * odd + even * even)};
}

bool slopes_is_smooth(double gap, double size, double floor) {
  return isfinite(gap) && isfinite(size) && gap <= ROUGH * fabs(size) + floor;
}

bool slopes_tell(struct trial *trial, const struct slopes_rows *rows,
                 const char *of) {
  if (rows->n_smooth > 0 && rows->n_smooth >= rows->n_rough) return true;
  if (rows->n_rough == 0)
    return trial_skipped(trial, "%s has no differences at these points", of);
  return trial_skipped(trial,
                       "differences of %s are rough at %zu of %zu points: "
                       "kinks, noise, or numbers rounded coarsely",
                       of, rows->n_rough, rows->n_rough + rows->n_smooth);
}

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
  slopes->slope = memory_alloc(n * n_col * sizeof *slopes->slope);
  slopes->values = memory_alloc(SLOPES_POINTS * n * n_col * sizeof(double));
  if (!slopes->u || !slopes->slope || !slopes->values)
    return trial_broken(trial, "no memory for differences");
  draw_directions(slopes, trial, axis);
  return true;
}

void slopes_close(struct slopes *slopes) {
  free(slopes->u);
  free(slopes->slope);
  free(slopes->values);
}

/* The output at x + steps h u, into column s of the values. */
static bool ask_at(struct slopes *slopes, struct trial *trial,
                   const struct sheet *moved, uint64_t bit, size_t s) {
  struct batch batch = {0};
  bool is_good = sheet_ask_for(moved, trial, 0, slopes->n, bit, &batch);
  for (size_t i = 0; is_good && i < slopes->n; i++)
    for (size_t k = 0; k < slopes->n_col; k++)
      slopes->values[(i * slopes->n_col + k) * SLOPES_POINTS + s] =
          batch.out[0].values[i * batch.out[0].ld + k];
  batch_free(&batch);
  return is_good;
}

bool slopes_take(struct slopes *slopes, struct trial *trial,
                 const struct sheet *sheet, uint64_t bit) {
  struct sheet moved = *sheet;
  size_t n = slopes->n, d = slopes->d;
  bool is_good = true;
  moved.x = memory_alloc(n * d * sizeof *moved.x);
  if (!moved.x) return trial_broken(trial, "no memory for differences");
  for (size_t s = 0; s < SLOPES_POINTS && is_good; s++) {
    for (size_t k = 0; k < n * d; k++)
      moved.x[k] = sheet->x[k] + slopes_steps[s] * slopes->h * slopes->u[k];
    is_good = ask_at(slopes, trial, &moved, bit, s);
  }
  for (size_t k = 0; is_good && k < n * slopes->n_col; k++)
    slopes->slope[k] = slopes_of(slopes->values + k * SLOPES_POINTS, slopes->h);
  free(moved.x);
  return is_good;
}

bool slopes_agree(const struct slope *slope, double claimed, double size) {
  return fabs(claimed - slope->fourth) <=
         0.01 * fabs(slope->fourth) + 1e-5 * size;
}
