/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The healthy resampler of the zoo: independent draws, each by a walk along the
 * cumulated weights.  To be spoiled in one place by those who include this
 * file. */
#ifndef KAC_ZOO_RESAMPLER_H
#define KAC_ZOO_RESAMPLER_H
#include <kac/sdk.h>

struct config {
  double unused;
};
static const kac_param params[] = {
    KAC_REAL(struct config, unused, 0, 0, 1, "", "does nothing")};

KAC_INLINE size_t one_per_child(const void *self, size_t n_in, size_t n_out) {
  (void)self, (void)n_in;
  return n_out;
}

/* The first particle whose cumulated weight is above u times their sum. */
KAC_INLINE uint32_t pick(const double *w, size_t n, double u) {
  double total = 0, passed = 0;
  size_t last = 0;
  for (size_t i = 0; i < n; i++) total += w[i];
  for (size_t i = 0; i < n; i++) {
    if (w[i] > 0) last = i;
    passed += w[i];
    if (w[i] > 0 && passed > u * total) break;
  }
  return (uint32_t)last;
}

KAC_INLINE kac_status healthy_resample(const void *self, kac_resample_io *io,
                                       kac_error *err) {
  (void)self, (void)err;
  for (size_t j = 0; j < io->n_out; j++)
    io->ancestor[j] = pick(io->w, io->n_in, io->u[j]);
  return KAC_OK;
}

#define RESAMPLER(RESAMPLE)                                         \
  KAC_RESAMPLER_PLUGIN(ANIMAL, "of the zoo", struct config, params, \
                       one_per_child, RESAMPLE)

#endif
