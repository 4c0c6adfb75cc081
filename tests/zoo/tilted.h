/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The healthy step of the zoo that draws from another law than it should and
 * says so: Euler-Maruyama pushed by `push` standard deviations along the first
 * coordinate, with the log ratio of both densities,
 * log N(xi + push) - log N(xi) = -push xi - push^2/2, in dlogw. */
#ifndef KAC_ZOO_TILTED_H
#define KAC_ZOO_TILTED_H
#include <kac/sdk.h>

struct config {
  double push;
};
static const kac_param params[] = {
    KAC_REAL(struct config, push, 0.05, 0, 0.1, "", "in standard deviations")};

KAC_INLINE kac_status tilted_plan(const void *config, kac_plan *plan,
                                  kac_error *err) {
  (void)config, (void)err;
  plan->scratch_bytes = plan->block * plan->space->n_real * sizeof(double);
  return KAC_OK;
}

/* dlogw += sign (-push xi - push^2/2) */
KAC_INLINE kac_status tilted_step(const struct config *cfg,
                                  const kac_block *block, kac_step_io *io,
                                  double sign) {
  size_t d = block->space->n_real;
  double du = io->c0->t - io->c1->t, heat = io->c0->eps * du;
  double *xi = block->scratch;
  block->host->normal(block, 0, xi, d, d);
  for (size_t i = 0; i < block->n; i++) {
    double *x = io->x.real + i * io->x.ld;
    const double *b = io->f->b + i * io->f->ld, *s = io->f->s + i * io->f->ld;
    for (size_t k = 0; k < d; k++) {
      double noise = xi[i * d + k] + (k == 0 ? cfg->push : 0);
      x[k] += b[k] * du + s[k] * heat + sqrt(2 * heat) * noise;
    }
    io->dlogw[i] +=
        sign * (-cfg->push * xi[i * d] - 0.5 * cfg->push * cfg->push);
  }
  return KAC_OK;
}

#define TILTED(STEP)                                                     \
  static const kac_integrator_ops ops = {sizeof ops, KAC_ADVANCES,       \
                                         KAC_Q_B | KAC_Q_S, NULL, STEP}; \
  static const kac_component component = {                               \
      KAC_COMPONENT(KAC_INTEGRATOR, ANIMAL, "of the zoo", struct config, \
                    params, kac_integrator_ops, ops),                    \
      .plan = tilted_plan};                                              \
  KAC_MODULE(component)

#endif
