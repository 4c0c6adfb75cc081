/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A resampler of ABI 1.0: multinomial, by a search in the running sum. */
#include <kac/sdk.h>

struct config {
  int64_t unused;
};
static const kac_param params[] = {
    KAC_INT(struct config, unused, 0, 0, 1, "", "nothing")};

static size_t n_uniform(const void *self, size_t n_in, size_t n_out) {
  (void)self, (void)n_in;
  return n_out;
}

static kac_status resample(const void *self, kac_resample_io *io,
                           kac_error *err) {
  double *sum = io->scratch, total = 0;
  (void)self, (void)err;
  for (size_t i = 0; i < io->n_in; i++) sum[i] = total += io->w[i];
  for (size_t k = 0; k < io->n_out; k++) {
    size_t low = 0, high = io->n_in - 1;
    while (low < high) {
      size_t middle = low + (high - low) / 2;
      if (sum[middle] > io->u[k] * total)
        high = middle;
      else
        low = middle + 1;
    }
    io->ancestor[k] = (uint32_t)low;
  }
  return KAC_OK;
}

static kac_status plan(const void *config, kac_plan *plan, kac_error *err) {
  (void)config, (void)err;
  plan->scratch_bytes = plan->n_particles * sizeof(double);
  return KAC_OK;
}

static const kac_resampler_ops ops = {
    .struct_size = sizeof ops, .n_uniform = n_uniform, .resample = resample};
static const kac_component component = {
    KAC_COMPONENT(KAC_RESAMPLER, "abi_resampler", "multinomial", struct config,
                  params, kac_resampler_ops, ops),
    .plan = plan};
KAC_MODULE(component)
