/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Euler-Maruyama for dx = (b + eps S) du + sqrt(2 eps) dW, as the Gaussian
 * kernel  mean = x + b du + eps S |du|,  var = 2 eps |du|,  du = c0->t - c1->t
 * with the field and eps at the start of the step.  With du < 0 the same line
 * is the reversed kernel: b changes its sign, the Langevin part does not
 * (docs/methods.md section 3, discrete-time weights).
 *
 * Kloeden and Platen 1992, section 10.2.  Check: x = 1, b = 2, S = -3,
 * eps = 0.5, du = 0.1 gives mean 1.05 and var 0.1; du = -0.1 gives mean 0.65.
 */
#include <kac/sdk.h>

KAC_CLONES
static void add_drift(const kac_kernel_io *io, size_t n, size_t d, double du,
                      double heat) {
  for (size_t i = 0; i < n; i++) {
    const double *restrict x = io->x.real + i * io->x.ld;
    const double *restrict b = io->f->b + i * io->f->ld;
    const double *restrict s = io->f->s + i * io->f->ld;
    double *restrict mean = io->mean + i * io->ld;
    for (size_t k = 0; k < d; k++) mean[k] = x[k] + b[k] * du + s[k] * heat;
  }
}

static kac_status kernel(const void *self, const kac_block *block,
                         kac_kernel_io *io, kac_error *err) {
  (void)self;
  (void)err;
  double du = io->c0->t - io->c1->t, heat = io->c0->eps * fabs(du);
  size_t n = block->n, d = block->space->n_real;
  if (io->x.ld == d && io->f->ld == d && io->ld == d) { /* one long row */
    d *= n;
    n = 1;
  }
  add_drift(io, n, d, du, heat);
  io->var = 2 * heat;
  return KAC_OK;
}

static const kac_integrator_ops ops = {.struct_size = sizeof ops,
                                       .role = KAC_ADVANCES,
                                       .needs_field = KAC_Q_B | KAC_Q_S,
                                       .kernel = kernel};

static const char *const cites[] = {
    "Kloeden and Platen, Numerical Solution of Stochastic Differential "
    "Equations, Springer 1992",
    NULL};

static const kac_component euler_maruyama = {
    .struct_size = sizeof(kac_component),
    .kind = KAC_INTEGRATOR,
    .name = "euler_maruyama",
    .version = "1.0",
    .summary = "Euler-Maruyama step of the SDE, first order",
    .doc =
        "One field per step. Strong order 1 (the noise is additive), weak "
        "order 1. The noise key chooses between ODE (0) and SDE (1).",
    .cites = cites,
    .spans = KAC_SPAN_REAL,
    .param_size = sizeof(kac_param),
    .ops = &ops};
KAC_MODULE(euler_maruyama)
