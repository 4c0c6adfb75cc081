/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Unadjusted Langevin move at fixed t:  x <- x + h S + sqrt(2 h) xi.  It leaves
 * pi_t invariant only as h goes to 0: on N(0, v) it settles at the variance
 * v/(1 - h/(2 v)).  h is `step`, or `step` sigma(t)^2, which keeps the move in
 * proportion to the noise level.
 *
 * Roberts and Tweedie 1996, Bernoulli 2, 341.  Check: N(0, 1) with h = 0.1
 * settles at variance 1/0.95 = 1.0526316. */
#include "step_size.h"

struct config {
  struct step_size size;
};

static const kac_param params[] = {STEP_SIZE_PARAMS(struct config)};

static kac_status plan(const void *config, kac_plan *io, kac_error *err) {
  const struct config *cfg = config;
  io->scratch_bytes = io->block * io->space->n_real * sizeof(double);
  return step_size_plan(&cfg->size, io, err);
}

KAC_CLONES
static void move(const kac_step_io *io, const double *noise, size_t n, size_t d,
                 double h) {
  double amplitude = sqrt(2 * h);
  for (size_t i = 0; i < n; i++) {
    double *restrict x = io->x.real + i * io->x.ld;
    const double *restrict s = io->f->s + i * io->f->ld;
    const double *restrict xi = noise + i * d;
    for (size_t k = 0; k < d; k++) x[k] += h * s[k] + amplitude * xi[k];
  }
}

static kac_status step(const void *self, const kac_block *block,
                       kac_step_io *io, kac_error *err) {
  const struct config *cfg = self;
  size_t n = block->n, d = block->space->n_real;
  double h;
  kac_status status = step_size_at(&cfg->size, io->c1, &h, err);
  if (status != KAC_OK) return status;
  block->host->normal(block, 0, block->scratch, d, d);
  move(io, block->scratch, n, d, h);
  for (size_t i = 0; io->accept && i < n; i++) io->accept[i] = 1;
  io->f_valid = 0;
  return KAC_OK;
}

static const kac_integrator_ops ops = {.struct_size = sizeof ops,
                                       .role = KAC_INVARIANT | KAC_APPROXIMATE,
                                       .needs_field = KAC_Q_S,
                                       .step = step};

static const char *const cites[] = {
    "Roberts and Tweedie 1996, Exponential convergence of Langevin "
    "distributions and their discrete approximations, Bernoulli 2, 341",
    NULL};

static const kac_component langevin = {
    KAC_COMPONENT(KAC_INTEGRATOR, "langevin",
                  "unadjusted Langevin move at fixed t", struct config, params,
                  kac_integrator_ops, ops),
    .doc =
        "One field per move and no density needed, but a bias of order "
        "step; mala has none.",
    .cites = cites, .plan = plan};
KAC_MODULE(langevin)
