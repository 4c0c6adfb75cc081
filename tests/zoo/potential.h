/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The healthy potential of the zoo, log phi = -stiffness/2 |x|^2, to be spoiled
 * in one place by those who include this file.  The build defines ANIMAL, the
 * name of the file in hand. */
#ifndef KAC_ZOO_POTENTIAL_H
#define KAC_ZOO_POTENTIAL_H
#include <kac/sdk.h>

struct config {
  double stiffness;
};
__attribute__((unused)) static const kac_param params[] = {
    KAC_REAL(struct config, stiffness, 1, 0, 100, "", "curvature of -log phi")};

KAC_INLINE double harmonic(const struct config *cfg, const double *x,
                           size_t d) {
  double sum = 0;
  for (size_t j = 0; j < d; j++) sum += x[j] * x[j];
  return -0.5 * cfg->stiffness * sum;
}

KAC_INLINE kac_status healthy_eval(const void *self, const kac_block *block,
                                   kac_potential_io *io, kac_error *err) {
  const struct config *cfg = self;
  size_t d = block->space->n_real;
  (void)err;
  for (size_t i = 0; i < block->n; i++) {
    const double *x = kac_row(&io->x, i);
    if (io->want & KAC_Q_PHI) io->phi[i] = harmonic(cfg, x, d);
    if (!(io->want & KAC_Q_DPHI)) continue;
    for (size_t j = 0; j < d; j++)
      io->dphi[i * io->ld + j] = -cfg->stiffness * x[j];
  }
  return KAC_OK;
}

/* What create does when an instance needs no more than its config. */
KAC_INLINE kac_status keep_config(const void *config, void **self) {
  *self = (void *)(uintptr_t)config;
  return KAC_OK;
}

#define POTENTIAL(EVAL, PLAN, CREATE, DESTROY)                            \
  static const kac_potential_ops ops = {sizeof ops, 0, EVAL};             \
  static const kac_component component = {                                \
      KAC_COMPONENT(KAC_POTENTIAL, ANIMAL, "of the zoo", struct config,   \
                    params, kac_potential_ops, ops),                      \
      .provides = KAC_Q_PHI | KAC_Q_DPHI, .plan = PLAN, .create = CREATE, \
      .destroy = DESTROY};                                                \
  KAC_MODULE(component)

#endif
