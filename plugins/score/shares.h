/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which component of a mixture a point comes from: the logits of spherical
 * components and the shares (responsibilities) that follow, for one tile of
 * rows.  The score of a mixture and its reverse kernel both begin here. */
#ifndef KAC_PLUGINS_SHARES_H
#define KAC_PLUGINS_SHARES_H
#include "tile.h"

/* log w_k N(x; mean_k, 1/precision_k), level_k being its value at x = mean. */
KAC_CLONES static void spherical_logits(size_t n, size_t d,
                                        const double *restrict mean,
                                        const double *restrict precision,
                                        const double *restrict level,
                                        const double *restrict x,
                                        double *restrict logit) {
  for (size_t k = 0; k < n; k++) {
    double square[TILE] = {0};
    for (size_t j = 0; j < d; j++)
      for (size_t l = 0; l < TILE; l++) {
        double delta = x[j * TILE + l] - mean[k * d + j];
        square[l] += delta * delta;
      }
    for (size_t l = 0; l < TILE; l++)
      logit[k * TILE + l] = level[k] - 0.5 * precision[k] * square[l];
  }
}

/* Logits to shares r_k and log p; then the logits become r_k times the
 * precision, whose sum goes to total. */
KAC_CLONES static void normalise(size_t n, const double *restrict precision,
                                 double *restrict logit, double *restrict share,
                                 double *restrict logp,
                                 double *restrict total) {
  double max[TILE], sum[TILE] = {0};
  for (size_t l = 0; l < TILE; l++) max[l] = logit[l];
  for (size_t k = 1; k < n; k++)
    for (size_t l = 0; l < TILE; l++)
      max[l] = logit[k * TILE + l] > max[l] ? logit[k * TILE + l] : max[l];
  for (size_t k = 0; k < n; k++)
    for (size_t l = 0; l < TILE; l++) {
      share[k * TILE + l] = kac_exp(logit[k * TILE + l] - max[l]);
      sum[l] += share[k * TILE + l];
    }
  for (size_t l = 0; l < TILE; l++) {
    logp[l] = max[l] + kac_log(sum[l]);
    sum[l] = 1.0 / sum[l];
    total[l] = 0;
  }
  for (size_t k = 0; k < n; k++)
    for (size_t l = 0; l < TILE; l++) {
      share[k * TILE + l] *= sum[l];
      logit[k * TILE + l] = share[k * TILE + l] * precision[k];
      total[l] += logit[k * TILE + l];
    }
}

#endif
