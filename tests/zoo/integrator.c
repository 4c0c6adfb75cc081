/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The zoo: good Euler-Maruyama steps, as a kernel, as a step, and as a move at
 * fixed t, which -DANIMAL turns into ones that break the law named in
 * tests/zoo.tsv. */
#include <kac/sdk.h>

struct config {
  double unused;
};
static const kac_param params[] = {
    KAC_REAL(struct config, unused, 0, 0, 1, "", "does nothing")};

#if !defined STEP && !defined AT_REST
static kac_status kernel(const void *self, const kac_block *block,
                         kac_kernel_io *io, kac_error *err) {
  double du = io->c0->t - io->c1->t, size = fabs(du), eps = io->c0->eps;
  size_t d = block->space->n_real;
  (void)self;
  (void)err;
  double drift = 1, pull = 1, extra = 0;
  io->var = 2 * eps * size;
#ifdef NOISE_DOUBLED
  io->var *= 2;
#elif defined DRIFT_HALVED
  drift = 0.5;
#elif defined NO_PULL
  pull = 0;
#elif defined HALF_ORDER
  extra = 0.1 * sqrt(size * 0.02);
#elif defined NEGATIVE_VARIANCE
  io->var = -io->var;
#endif
  for (size_t i = 0; i < block->n; i++)
    for (size_t k = 0; k < d; k++) {
      size_t at = i * io->f->ld + k;
      io->mean[i * io->ld + k] = io->x.real[i * io->x.ld + k] +
                                 drift * io->f->b[at] * du +
                                 pull * eps * io->f->s[at] * size + extra;
    }
  return KAC_OK;
}
KAC_KERNEL_PLUGIN("animal", "of the zoo", struct config, params,
                  KAC_Q_B | KAC_Q_S, kernel)
#else

static kac_status step(const void *self, const kac_block *block,
                       kac_step_io *io, kac_error *err) {
  double du = io->c0->t - io->c1->t, eps = io->c0->eps, size = fabs(du);
  size_t d = block->space->n_real;
  double *noise = block->scratch;
  (void)self;
  (void)err;
#ifdef AT_REST
  eps = 1;
  size = 0.01;
  du = 0;
#endif
#ifdef NOISE_TOO_LARGE
  size *= 1.5;
  eps /= 1.5;
  double scale = sqrt(2 * eps * size * 1.5);
#else
  double scale = sqrt(2 * eps * size);
#endif
  block->host->normal(block, 0, noise, d, d);
  for (size_t i = 0; i < block->n; i++) {
    for (size_t k = 0; k < d; k++) {
      size_t at = i * io->f->ld + k;
      double *x = &io->x.real[i * io->x.ld + k];
      *x += io->f->b[at] * du + eps * io->f->s[at] * size +
            scale * noise[i * d + k];
    }
#ifdef WEIGHT_ADDED
    io->dlogw[i] += 0.002;
#elif defined WEIGHT_NAN
    io->dlogw[i] = KAC_NAN;
#endif
    if (io->accept) io->accept[i] = 1;
  }
  return KAC_OK;
}

static kac_status plan(const void *config, kac_plan *io, kac_error *err) {
  (void)config;
  (void)err;
  io->scratch_bytes = io->block * io->space->n_real * sizeof(double);
  return KAC_OK;
}

#ifdef AT_REST
#define ROLE (KAC_INVARIANT | KAC_APPROXIMATE)
#else
#define ROLE KAC_ADVANCES
#endif
static const kac_integrator_ops ops = {sizeof ops, ROLE, KAC_Q_B | KAC_Q_S,
                                       NULL, step};
static const kac_component animal = {
    KAC_COMPONENT(KAC_INTEGRATOR, "animal", "of the zoo", struct config, params,
                  kac_integrator_ops, ops),
    .plan = plan};
KAC_MODULE(animal)
#endif
