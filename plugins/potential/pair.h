/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Potentials of the distance between two bodies: which bodies, their distance,
 * and a gradient that acts on both of them. */
#ifndef KAC_PLUGINS_PAIR_H
#define KAC_PLUGINS_PAIR_H
#include <kac/sdk.h>

/* log phi at distance r, and its derivative in r. */
typedef double pair_phi(const void *self, double r, double *slope);

/* Rows of the parameter table for two bodies, int64_t members i and j. */
#define PAIR_PARAMS(T)                                        \
  KAC_INT(T, i, 0, 0, 1e9, "", "first body, counted from 0"), \
      KAC_INT(T, j, 1, 0, 1e9, "", "second body, counted from 0")

KAC_INLINE kac_status pair_check(const kac_space *space, int64_t i, int64_t j,
                                 kac_error *err) {
  int64_t last = i > j ? i : j;
  if (i == j)
    return kac_fail(err, KAC_EINVAL, "i and j are both body %lld",
                    (long long)i);
  if ((size_t)last >= space->n_bodies)
    return kac_fail(err, KAC_EINVAL,
                    "there is no body %lld: the state has %zu, counted from 0",
                    (long long)last, space->n_bodies);
  return KAC_OK;
}

/* One row; where the bodies meet the gradient has no direction and is 0. */
KAC_INLINE void pair_row(const void *self, const kac_block *block,
                         const size_t at[2], size_t row, kac_potential_io *io,
                         pair_phi *phi) {
  size_t dim = block->space->n_dim, d = block->space->n_real;
  const double *x = kac_row(&io->x, row);
  double r2 = 0, slope;
  for (size_t c = 0; c < dim; c++) {
    double delta = x[at[0] + c] - x[at[1] + c];
    r2 += delta * delta;
  }
  double r = sqrt(r2), value = phi(self, r, &slope);
  if (io->want & KAC_Q_PHI) io->phi[row] = value;
  if (!(io->want & KAC_Q_DPHI)) return;
  double *gradient = io->dphi + row * io->ld;
  for (size_t c = 0; c < d; c++) gradient[c] = 0;
  for (size_t c = 0; r > 0 && c < dim; c++) {
    gradient[at[0] + c] = slope * (x[at[0] + c] - x[at[1] + c]) / r;
    gradient[at[1] + c] = -gradient[at[0] + c];
  }
}

KAC_INLINE kac_status pair_eval(const void *self, const kac_block *block,
                                int64_t i, int64_t j, kac_potential_io *io,
                                pair_phi *phi) {
  size_t dim = block->space->n_dim;
  const size_t at[2] = {(size_t)i * dim, (size_t)j * dim};
  for (size_t row = 0; row < block->n; row++)
    pair_row(self, block, at, row, io, phi);
  return KAC_OK;
}

#endif
