/* SPDX-License-Identifier: MIT */
/* A move at fixed t with half-kicks of noise that are shared by two steps:
 *
 *   x <- x + h S(x) + sqrt(2 h) (xi_old + xi_new)/2,
 *
 * S = grad log pi_t.  On N(0, v) it settles at the variance v whatever h < 2 v
 * is, where the plain Langevin move settles at v/(1 - h/(2v)); elsewhere its
 * bias is of second order in h.  The old noise belongs to the particle: the
 * host keeps those bytes, and moves them along when it resamples.
 *
 * Leimkuhler and Matthews 2013, Appl. Math. Res. eXpress 2013, 34.
 * Check: x = 1, S = -1, h = 1/2, xi_old = 1, xi_new = 0: x = 1. */
#include <kac/sdk.h>

struct config {
  double step;
};
static const kac_param params[] = {
    {"step", "x^2", "step h", KAC_T_REAL, KAC_P_OPEN_MIN,
     KAC_AT(struct config, step, double), 0.01, 0, 1e6, NULL},
};

/* Per particle the old noise, zero at the start: the first step has half the
 * noise, which is forgotten as the start is.  Per thread the new one. */
static kac_status plan(const void *config, kac_plan *io, kac_error *err) {
  (void)config, (void)err;
  io->pstate_bytes = io->space->n_real * sizeof(double);
  io->scratch_bytes = io->block * io->space->n_real * sizeof(double);
  return KAC_OK;
}

static void move_row(double *x, const double *s, double *old, const double *new,
                     size_t d, double h) {
  double width = 0.5 * sqrt(2 * h);
  for (size_t j = 0; j < d; j++) {
    x[j] += h * s[j] + width * (old[j] + new[j]);
    old[j] = new[j];
  }
}

static kac_status step(const void *self, const kac_block *block,
                       kac_step_io *io, kac_error *err) {
  double h = ((const struct config *)self)->step, *noise = block->scratch;
  size_t d = block->space->n_real;
  if (!block->pstate)
    return kac_fail(err, KAC_EUNSUPPORTED,
                    "a move that remembers cannot be tried out");
  block->host->normal(block, 0, noise, d, d);
  for (size_t i = 0; i < block->n; i++) {
    double *old = (double *)(void *)(block->pstate + i * block->pstate_stride);
    move_row(io->x.real + i * io->x.ld, io->f->s + i * io->f->ld, old,
             noise + i * d, d, h);
    if (io->accept) io->accept[i] = 1;
  }
  io->f_valid = 0; /* the field is that of the old place */
  return KAC_OK;
}

static const kac_integrator_ops ops = {.struct_size = sizeof ops,
                                       .role = KAC_INVARIANT | KAC_APPROXIMATE,
                                       .needs_field = KAC_Q_S,
                                       .step = step};
static const kac_component component = {
    KAC_COMPONENT(KAC_INTEGRATOR, "leimkuhler_matthews",
                  "Langevin move with noise shared by two steps", struct config,
                  params, kac_integrator_ops, ops),
    .plan = plan};
KAC_MODULE(component)
