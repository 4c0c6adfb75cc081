/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all energies share: the eval of log p = -E/temperature tile by tile, and
 * the sum over pairs of bodies. */
#ifndef KAC_PLUGINS_ENERGY_H
#define KAC_PLUGINS_ENERGY_H
#include "tile.h"

/* Energy and its gradient for one tile of x; gradient has x's layout. */
typedef void energy_fn(const void *self, const kac_space *space,
                       const double *x, double *energy, double *gradient);

/* Adds one pair's energy at bodies a and b, and its gradient to ga and gb. */
typedef void pair_fn(const void *self, size_t dim, const double *a,
                     const double *b, double *energy, double *ga, double *gb);

KAC_INLINE size_t energy_scratch(const kac_space *space) {
  return (2 * space->n_real + 1) * TILE * sizeof(double);
}

/* log p = -E / temperature, not normalised, the same at every t. */
KAC_INLINE kac_status energy_eval(const void *self, const kac_block *block,
                                  kac_score_io *io, double temperature,
                                  energy_fn *energy) {
  size_t d = block->space->n_real;
  double *x = block->scratch, *gradient = x + d * TILE;
  double *value = gradient + d * TILE;
  double beta = 1.0 / temperature;
  for (size_t first = 0; first < block->n; first += TILE) {
    size_t n_rows = tile_rows(block->n, first);
    tile_load(kac_row(&io->x, first), io->x.ld, n_rows, d, x);
    memset(value, 0, TILE * sizeof *value);
    memset(gradient, 0, d * TILE * sizeof *gradient);
    energy(self, block->space, x, value, gradient);
    for (size_t i = 0; i < d * TILE; i++) gradient[i] *= -beta;
    if (io->want & KAC_Q_SCORE)
      tile_store(gradient, n_rows, d, io->score + first * io->ld, io->ld);
    if (io->want & KAC_Q_LOGP)
      for (size_t i = 0; i < n_rows; i++)
        io->logp[first + i] = -beta * value[i];
  }
  return KAC_OK;
}

/* Energies of bodies: the state must say how many there are. */
__attribute__((unused)) static kac_status energy_needs_bodies(
    const kac_space *space, kac_error *err) {
  if (space->n_bodies >= 2) return KAC_OK;
  return kac_fail(err, KAC_EINVAL,
                  "the state has %zu body, expected at least 2: write "
                  "state = { particles = ...; dim = ...; }",
                  space->n_bodies);
}

KAC_INLINE void energy_pairs(const void *self, const kac_space *space,
                             const double *x, double *energy, double *gradient,
                             pair_fn *pair) {
  size_t n = space->n_bodies, stride = space->n_dim * TILE;
  for (size_t i = 0; i < n; i++)
    for (size_t j = i + 1; j < n; j++)
      pair(self, space->n_dim, x + i * stride, x + j * stride, energy,
           gradient + i * stride, gradient + j * stride);
}

/* Two steps of a pair_fn: r^2, and the gradient where slope = dE/dr / r. */
KAC_INLINE void pair_r2(size_t dim, const double *restrict a,
                        const double *restrict b, double *restrict r2) {
  for (size_t l = 0; l < TILE; l++) r2[l] = 0;
  for (size_t c = 0; c < dim; c++)
    for (size_t l = 0; l < TILE; l++) {
      double delta = a[c * TILE + l] - b[c * TILE + l];
      r2[l] += delta * delta;
    }
}

KAC_INLINE void pair_gradient(size_t dim, const double *restrict a,
                              const double *restrict b,
                              const double *restrict slope, double *restrict ga,
                              double *restrict gb) {
  for (size_t c = 0; c < dim; c++)
    for (size_t l = 0; l < TILE; l++) {
      double part = slope[l] * (a[c * TILE + l] - b[c * TILE + l]);
      ga[c * TILE + l] += part;
      gb[c * TILE + l] -= part;
    }
}

#endif
