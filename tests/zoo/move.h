/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The healthy move of the zoo at fixed t: a random walk x' = x + step xi that
 * Metropolis' rule accepts with probability min(1, pi(x')/pi(x)).  To be
 * spoiled in one place by those who include this file. */
#ifndef KAC_ZOO_MOVE_H
#define KAC_ZOO_MOVE_H
#include <kac/sdk.h>

struct config {
  double step;
};
static const kac_param params[] = {
    KAC_REAL(struct config, step, 0.5, 0.001, 10, "", "width of a proposal")};

struct walk { /* in scratch: n by d, n by d, n, n */
  double *noise, *x, *logpi, *u;
};

KAC_INLINE kac_status walk_plan(const void *config, kac_plan *plan,
                                kac_error *err) {
  (void)config, (void)err;
  plan->scratch_bytes =
      plan->block * (2 * plan->space->n_real + 2) * sizeof(double);
  return KAC_OK;
}

KAC_INLINE kac_status walk_propose(const struct config *cfg,
                                   const kac_block *block, kac_step_io *io,
                                   struct walk *walk, kac_error *err) {
  size_t n = block->n, d = block->space->n_real;
  walk->noise = block->scratch;
  walk->x = walk->noise + n * d;
  walk->logpi = walk->x + n * d;
  walk->u = walk->logpi + n;
  block->host->normal(block, 0, walk->noise, d, d);
  block->host->uniform(block, 1, walk->u, 1, 1);
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < d; k++)
      walk->x[i * d + k] =
          io->x.real[i * io->x.ld + k] + cfg->step * walk->noise[i * d + k];
  kac_field_io f = {.struct_size = sizeof f,
                    .want = KAC_Q_LOGPI,
                    .t = io->c1->t,
                    .t_next = io->f->t_next,
                    .x = {walk->x, d, NULL, 0},
                    .ld = d,
                    .logpi = walk->logpi};
  return block->host->field(block, &f, err);
}

/* The move with probability min(1, (pi'/pi)^power). */
KAC_INLINE kac_status walk_step(const struct config *cfg,
                                const kac_block *block, kac_step_io *io,
                                double power, kac_error *err) {
  struct walk walk;
  size_t d = block->space->n_real;
  kac_status status = walk_propose(cfg, block, io, &walk, err);
  for (size_t i = 0; status == KAC_OK && i < block->n; i++) {
    double gain = power * (walk.logpi[i] - io->f->logpi[i]);
    double accept = gain < 0 ? exp(gain) : 1;
    if (io->accept) io->accept[i] = accept;
    if (walk.u[i] < accept)
      memcpy(io->x.real + i * io->x.ld, walk.x + i * d, d * sizeof(double));
  }
  return status;
}

#define MOVE(STEP)                                                       \
  static const kac_integrator_ops ops = {sizeof ops, KAC_INVARIANT,      \
                                         KAC_Q_LOGPI, NULL, STEP};       \
  static const kac_component component = {                               \
      KAC_COMPONENT(KAC_INTEGRATOR, ANIMAL, "of the zoo", struct config, \
                    params, kac_integrator_ops, ops),                    \
      .plan = walk_plan};                                                \
  KAC_MODULE(component)

#endif
