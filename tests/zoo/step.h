/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The healthy step of the zoo that moves its rows itself, Euler-Maruyama with
 * factors of its drift and noise that are 1, and `log_ratio` added to dlogw,
 * which is 0.  To be spoiled in one place by those who include this file. */
#ifndef KAC_ZOO_STEP_H
#define KAC_ZOO_STEP_H
#include <kac/sdk.h>

struct config {
  double unused;
};
static const kac_param params[] = {
    KAC_REAL(struct config, unused, 0, 0, 1, "", "does nothing")};

struct factors {
  double b, s, noise, log_ratio;
};

KAC_INLINE kac_status step_plan(const void *config, kac_plan *plan,
                                kac_error *err) {
  (void)config, (void)err;
  plan->scratch_bytes = plan->block * plan->space->n_real * sizeof(double);
  return KAC_OK;
}

KAC_INLINE kac_status spoiled_step(const kac_block *block, kac_step_io *io,
                                   uint32_t draw, struct factors by) {
  size_t d = block->space->n_real;
  double du = io->c0->t - io->c1->t, heat = io->c0->eps * du;
  double *xi = block->scratch;
  block->host->normal(block, draw, xi, d, d);
  for (size_t i = 0; i < block->n; i++) {
    double *x = io->x.real + i * io->x.ld;
    const double *b = io->f->b + i * io->f->ld, *s = io->f->s + i * io->f->ld;
    for (size_t k = 0; k < d; k++)
      x[k] += by.b * b[k] * du + by.s * s[k] * heat +
              by.noise * sqrt(2 * heat) * xi[i * d + k];
    io->dlogw[i] += by.log_ratio;
  }
  return KAC_OK;
}

#define STEP(FUNCTION)                                                       \
  static const kac_integrator_ops ops = {sizeof ops, KAC_ADVANCES,           \
                                         KAC_Q_B | KAC_Q_S, NULL, FUNCTION}; \
  static const kac_component component = {                                   \
      KAC_COMPONENT(KAC_INTEGRATOR, ANIMAL, "of the zoo", struct config,     \
                    params, kac_integrator_ops, ops),                        \
      .plan = step_plan};                                                    \
  KAC_MODULE(component)

#endif
