/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The healthy score of the zoo that gives draws too, and several of which can
 * be evaluated by one call. */
#ifndef KAC_ZOO_SEVERAL_H
#define KAC_ZOO_SEVERAL_H
#include "score.h"

KAC_INLINE kac_status healthy_sample(const void *self, const kac_block *block,
                                     kac_sample_io *io, kac_error *err) {
  double v;
  kac_coeffs c;
  size_t d = block->space->n_real;
  kac_status status = coeffs_at(self, block, io->t, &c, &v, err);
  if (status != KAC_OK) return status;
  block->host->normal(block, 0, io->x.real, io->x.ld, d);
  for (size_t i = 0; i < block->n; i++) {
    double *x = io->x.real + i * io->x.ld, sum = 0;
    for (size_t j = 0; j < d; j++) {
      x[j] *= sqrt(v);
      sum += x[j] * x[j];
    }
    if (io->logp)
      io->logp[i] = -0.5 * (sum / v + (double)d * log(6.283185307179586 * v));
  }
  return KAC_OK;
}

KAC_INLINE int32_t all_alike(const void *self, const void *other) {
  (void)self, (void)other;
  return 1;
}

KAC_INLINE kac_status healthy_group(const void *const *selves, size_t n,
                                    const kac_block *block,
                                    kac_score_io *const *ios, kac_error *err) {
  kac_status status = KAC_OK;
  for (size_t k = 0; k < n && status == KAC_OK; k++)
    status = healthy_eval(selves[k], block, ios[k], err);
  return status;
}

#define SEVERAL(SAMPLE, GROUP)                                              \
  static const kac_score_ops ops = {.struct_size = sizeof ops,              \
                                    .eval = healthy_eval,                   \
                                    .sample = SAMPLE,                       \
                                    .same_group = all_alike,                \
                                    .eval_group = GROUP};                   \
  static const kac_component component = {                                  \
      KAC_COMPONENT(KAC_SCORE, ANIMAL, "of the zoo", struct config, params, \
                    kac_score_ops, ops),                                    \
      .provides = ALL_FORMS | KAC_Q_SAMPLE};                                \
  KAC_MODULE(component)

#endif
