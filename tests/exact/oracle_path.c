/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Time grids and the scalars of one Euler step (docs/methods.md section 3). */
#include "oracle.h"

#include <math.h>
#include <stdlib.h>

static struct oracle_grid grid_new(double t_min, double t_max, size_t n) {
  struct oracle_grid grid = {.n = n};
  double *all = calloc(5 * (n + 1), sizeof *all);
  if (!all) abort();
  grid.t = all;
  grid.alpha = all + (n + 1);
  grid.sigma = all + 2 * (n + 1);
  grid.f = all + 3 * (n + 1);
  grid.g2 = all + 4 * (n + 1);
  for (size_t k = 0; k <= n; k++) {
    grid.t[k] = t_max + (t_min - t_max) * (double)k / (double)n;
    grid.alpha[k] = 1;
  }
  return grid;
}

struct oracle_grid oracle_grid_vp(double beta, double t_min, double t_max,
                                  size_t n) {
  struct oracle_grid grid = grid_new(t_min, t_max, n);
  for (size_t k = 0; k <= n; k++) {
    grid.alpha[k] = exp(-0.5 * beta * grid.t[k]);
    grid.sigma[k] = sqrt(-expm1(-beta * grid.t[k]));
    grid.f[k] = -0.5 * beta;
    grid.g2[k] = beta;
  }
  return grid;
}

struct oracle_grid oracle_grid_ve(double low, double high, double t_min,
                                  double t_max, size_t n) {
  struct oracle_grid grid = grid_new(t_min, t_max, n);
  double rate = log(high / low);
  for (size_t k = 0; k <= n; k++) {
    grid.sigma[k] = low * exp(rate * grid.t[k]);
    grid.g2[k] = 2 * rate * grid.sigma[k] * grid.sigma[k];
  }
  return grid;
}

struct oracle_grid oracle_grid_brownian(double t_max, size_t n) {
  struct oracle_grid grid = grid_new(0, t_max, n);
  for (size_t k = 0; k <= n; k++) {
    grid.sigma[k] = sqrt(grid.t[k]);
    grid.g2[k] = 1;
  }
  return grid;
}

struct oracle_grid oracle_grid_static(double t_max, size_t n) {
  return grid_new(0, t_max, n);
}

void oracle_grid_free(struct oracle_grid *grid) {
  free(grid->t);
  *grid = (struct oracle_grid){0};
}

double oracle_ramp_at(const struct oracle_path *path, struct oracle_ramp ramp,
                      size_t k) {
  const struct oracle_grid *grid = path->grid;
  double span = grid->t[0] - grid->t[grid->n];
  return ramp.from + (ramp.to - ramp.from) * (grid->t[0] - grid->t[k]) / span;
}

/* kappa = (1/2) d ln U/du with U = sigma^2 + alpha^2 sigma_data^2, which is
 * -f - g^2/(2U); the noise frame is -f. */
static double frame(const struct oracle_path *path, size_t k) {
  const struct oracle_grid *grid = path->grid;
  if (!path->is_matched) return -grid->f[k];
  double spread = grid->alpha[k] * path->sigma_data;
  double u = grid->sigma[k] * grid->sigma[k] + spread * spread;
  return -grid->f[k] - 0.5 * grid->g2[k] / u;
}

struct oracle_step oracle_step_at(const struct oracle_path *path, size_t k) {
  const struct oracle_grid *grid = path->grid;
  size_t next = k < grid->n ? k + 1 : k;
  size_t from = k < grid->n ? k : k - 1;
  struct oracle_step step = {.point = k,
                             .du = grid->t[from] - grid->t[from + 1],
                             .f = grid->f[k],
                             .g2 = grid->g2[k],
                             .kappa = frame(path, k),
                             .eps = 0.5 * path->zeta2 * grid->g2[k]};
  step.strength = oracle_ramp_at(path, path->reward.strength, k);
  step.dstrength =
      oracle_ramp_at(path, path->reward.strength, next) - step.strength;
  for (size_t i = 0; i < path->n_terms; i++) {
    struct oracle_ramp power = path->term[i].power;
    step.power[i] = oracle_ramp_at(path, power, k);
    step.dpower[i] = oracle_ramp_at(path, power, next) - step.power[i];
    step.sum += step.power[i];
  }
  return step;
}
