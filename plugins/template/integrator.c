/* SPDX-License-Identifier: MIT */
/* An integrator for kac: one step of
 *
 *   dx = (b + eps S) du + sqrt(2 eps) dW
 *
 * from time c0->t to c1->t, du = c0->t - c1->t.  Say here what it is and one
 * number that a reader can check by hand.  This one is Euler-Maruyama, as a
 * Gaussian kernel: mean = x + b du + eps S |du|, variance 2 eps |du|.
 *
 * Check: x = 1, b = 2, S = -3, eps = 1/2, du = 1/10: mean 1.05, variance 0.1.
 *
 * A kernel says where a step leads and how wide it spreads; the host draws the
 * noise, and can guide the step and weigh it exactly.  What is not a Gaussian
 * of one variance moves the rows itself: KAC_STEP_PLUGIN and kac_step_io. */
#include <kac/sdk.h>

/* Called for a block of rows, on several threads at once.  io->f holds the
 * field at (c0->t, x), with what needs_field names: b, S (as s), x0, logpi.
 * More of it, elsewhere: block->host->field(...).  The kernel is also asked
 * backwards, du < 0: b then changes its sign, the Langevin part eps S |du| does
 * not. */
static kac_status kernel(const void *self, const kac_block *block,
                         kac_kernel_io *io, kac_error *err) {
  double du = io->c0->t - io->c1->t;
  double heat = io->c0->eps * fabs(du);
  (void)self, (void)err;
  for (size_t i = 0; i < block->n; i++) {
    const double *x = kac_row(&io->x, i);
    const double *b = io->f->b + i * io->f->ld, *s = io->f->s + i * io->f->ld;
    for (size_t j = 0; j < block->space->n_real; j++)
      io->mean[i * io->ld + j] = x[j] + b[j] * du + s[j] * heat;
  }
  io->var = 2 * heat;
  return KAC_OK;
}

/* It has no parameters.  With a `struct config` and a table `params` of rows
 * such as KAC_REAL(struct config, theta, 0.5, 0, 1, "", "meaning") this is
 *   KAC_KERNEL_PLUGIN("my_plugin", "summary", struct config, params,
 *                     KAC_Q_B | KAC_Q_S, kernel)
 * and `self` the filled config. */
static const kac_integrator_ops ops = {.struct_size = sizeof ops,
                                       .role = KAC_ADVANCES,
                                       .needs_field = KAC_Q_B | KAC_Q_S,
                                       .kernel = kernel};
static const kac_component component = {.struct_size = sizeof component,
                                        .kind = KAC_INTEGRATOR,
                                        .name = "my_plugin",
                                        .version = "1.0",
                                        .summary = "Euler-Maruyama step",
                                        .spans = KAC_SPAN_REAL,
                                        .param_size = sizeof(kac_param),
                                        .ops = &ops};
KAC_MODULE(component)
