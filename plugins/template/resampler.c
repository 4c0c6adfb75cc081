/* SPDX-License-Identifier: MIT */
/* A resampler for kac: which particles go on, and how often.  Say here what it
 * is and one number that a reader can check by hand.  This one is systematic
 * resampling: particle i has as many offspring as there are points (k + u)/n,
 * k = 0 ... n - 1, in its part of the cumulated weights, with one uniform u.
 *
 * Check: w = (1/2, 1/4, 1/4, 0), n = 4, any u: ancestors 0 0 1 2.
 *
 * The one law: E[offspring of i] = n w_i.  With it log Z keeps its meaning. */
#include <kac/sdk.h>

/* How many uniform numbers a call wants. */
static size_t n_uniform(const void *self, size_t n_in, size_t n_out) {
  (void)self, (void)n_in, (void)n_out;
  return 1;
}

static size_t last_alive(const double *w, size_t n) {
  while (n > 1 && !(w[n - 1] > 0)) n--;
  return n - 1;
}

/* io->w are n_in weights that sum to 1, io->logw their logs, io->u the uniforms
 * in (0, 1).  Fill io->ancestor, n_out indices in any order.  io->logw_out is
 * preset to equal weights; uneven ones are written there, so that in the mean
 * the offspring of i weigh w_i together. */
static kac_status resample(const void *self, kac_resample_io *io,
                           kac_error *err) {
  size_t k = 0, last = last_alive(io->w, io->n_in);
  double n = (double)io->n_out, passed = 0;
  (void)self, (void)err;
  for (size_t i = 0; i < last; i++) {
    passed += n * io->w[i];
    while (k < io->n_out && (double)k + io->u[0] < passed)
      io->ancestor[k++] = (uint32_t)i;
  }
  while (k < io->n_out) io->ancestor[k++] = (uint32_t)last;
  return KAC_OK;
}

/* It has no parameters.  With a `struct config` and a table `params` of rows
 * such as KAC_REAL(struct config, low, 0.5, 0, 1, "", "meaning") this is
 *   KAC_RESAMPLER_PLUGIN("my_plugin", "summary", struct config, params,
 *                        n_uniform, resample)
 * and `self` the filled config. */
static const kac_resampler_ops ops = {sizeof ops, 0, n_uniform, resample};
static const kac_component component = {.struct_size = sizeof component,
                                        .kind = KAC_RESAMPLER,
                                        .name = "my_plugin",
                                        .version = "1.0",
                                        .summary = "systematic resampling",
                                        .spans = KAC_SPAN_REAL,
                                        .param_size = sizeof(kac_param),
                                        .ops = &ops};
KAC_MODULE(component)
