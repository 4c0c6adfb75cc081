/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two integrators of ABI 1.0: Euler-Maruyama as a kernel, and a random-walk
 * Metropolis move at fixed t, which asks for the field at its proposals. */
#include <kac/sdk.h>

struct config {
  double step;
};
static const kac_param params[] = {
    KAC_REAL(struct config, step, 0.1, 0, 1e3, "x", "of the random walk")};

static kac_status kernel(const void *self, const kac_block *block,
                         kac_kernel_io *io, kac_error *err) {
  double du = io->c0->t - io->c1->t, eps = io->c0->eps;
  size_t d = block->space->n_real;
  (void)self, (void)err;
  for (size_t i = 0; i < block->n; i++)
    for (size_t j = 0; j < d; j++)
      io->mean[i * io->ld + j] = kac_row(&io->x, i)[j] +
                                 io->f->b[i * io->f->ld + j] * du +
                                 eps * io->f->s[i * io->f->ld + j] * fabs(du);
  io->var = 2 * eps * fabs(du);
  return KAC_OK;
}

/* Keeps or moves row i; its part of the field moves with it. */
static void decide(const kac_block *block, kac_step_io *io,
                   const kac_field_io *g, size_t i, double u) {
  size_t d = block->space->n_real;
  double ratio = g->logpi[i] - io->f->logpi[i];
  io->accept[i] = ratio < 0 ? exp(ratio) : 1;
  if (u >= io->accept[i]) return;
  memcpy(io->x.real + i * io->x.ld, kac_row(&g->x, i), d * sizeof(double));
  io->f->logpi[i] = g->logpi[i];
  if (io->f->terms)
    memcpy(io->f->terms + i * g->n_terms, g->terms + i * g->n_terms,
           g->n_terms * sizeof(double));
}

static kac_status step(const void *self, const kac_block *block,
                       kac_step_io *io, kac_error *err) {
  const struct config *cfg = self;
  size_t n = block->n, d = block->space->n_real;
  double *y = block->scratch, *u = y + n * d, *logpi = u + n;
  kac_field_io g = {.struct_size = sizeof g,
                    .want = KAC_Q_LOGPI,
                    .t = io->c0->t,
                    .t_next = io->c0->t,
                    .x = {y, d, NULL, 0},
                    .ld = d,
                    .logpi = logpi,
                    .terms = io->f->terms ? logpi + n : NULL,
                    .n_terms = io->f->n_terms};
  block->host->normal(block, 0, y, d, d);
  block->host->uniform(block, 1, u, 1, 1);
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < d; j++)
      y[i * d + j] = io->x.real[i * io->x.ld + j] + cfg->step * y[i * d + j];
  kac_status status = block->host->field(block, &g, err);
  for (size_t i = 0; status == KAC_OK && i < n; i++)
    decide(block, io, &g, i, u[i]);
  io->f_valid = 0;
  return status;
}

enum { TERMS_MAX = 64 };
static kac_status plan(const void *config, kac_plan *plan, kac_error *err) {
  (void)config, (void)err;
  plan->scratch_bytes =
      plan->block * (plan->space->n_real + 2 + TERMS_MAX) * sizeof(double);
  return KAC_OK;
}

static const kac_integrator_ops kernel_ops = {sizeof kernel_ops, KAC_ADVANCES,
                                              KAC_Q_B | KAC_Q_S, kernel, NULL};
static const kac_integrator_ops step_ops = {sizeof step_ops, KAC_INVARIANT,
                                            KAC_Q_LOGPI, NULL, step};
static const kac_component advances = {
    KAC_COMPONENT(KAC_INTEGRATOR, "abi_integrator", "Euler-Maruyama",
                  struct config, params, kac_integrator_ops, kernel_ops)};
static const kac_component moves = {
    KAC_COMPONENT(KAC_INTEGRATOR, "abi_move", "random-walk Metropolis",
                  struct config, params, kac_integrator_ops, step_ops),
    .plan = plan};

static const kac_component *const components[] = {&advances, &moves, NULL};
static const kac_module module = {KAC_MAGIC, sizeof module, KAC_ABI_MAJOR,
                                  KAC_NEED_MINOR, components};
KAC_EXPORT const kac_module *kac_module_v1(void);
KAC_EXPORT const kac_module *kac_module_v1(void) {
  return &module;
}
