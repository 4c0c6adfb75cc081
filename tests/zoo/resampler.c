/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The zoo: good multinomial resampling, which -DANIMAL turns into one that
 * breaks the law named in tests/zoo.tsv. */
#include <kac/sdk.h>

struct config {
  int64_t unused;
};
static const kac_param params[] = {
    KAC_INT(struct config, unused, 0, 0, 1, "", "does nothing")};

static size_t n_uniform(const void *self, size_t n_in, size_t n_out) {
  (void)self;
  (void)n_in;
  return n_out;
}

static double weight(const kac_resample_io *io, size_t i) {
#ifdef SQUARES
  return io->w[i] * io->w[i];
#else
  return io->w[i];
#endif
}

static size_t pick(const kac_resample_io *io, double u, double total) {
  double sum = 0;
  size_t last = 0;
  for (size_t i = 0; i < io->n_in; i++) {
    sum += weight(io, i);
    if (!(io->w[i] > 0)) continue;
    last = i;
    if (u * total < sum) return i;
  }
  return last;
}

static kac_status resample(const void *self, kac_resample_io *io,
                           kac_error *err) {
  double total = 0;
  size_t n = io->n_out;
  (void)self;
  (void)err;
  for (size_t i = 0; i < io->n_in; i++) total += weight(io, i);
#ifdef TOO_FEW
  n--;
#elif defined TOO_MANY
  n++;
#elif defined INPUT_SIZE
  n = io->n_in;
#endif
  for (size_t j = 0; j < n; j++) {
    double u = io->u[j < io->n_out ? j : 0];
    size_t a = pick(io, u, total);
#ifdef NEXT_ONE
    a++;
#elif defined BLIND
    a = (size_t)(u * (double)io->n_in);
#elif defined NEVER_LAST
    if (a + 1 == io->n_in) a = 0;
#elif defined FIRST_ONE_STAYS
    if (j == 0) a = io->w[0] > 0 ? 0 : a;
#elif defined WEIGHT_LOST
    io->logw_out[j] = -log((double)io->n_out) - 0.01;
#elif defined WEIGHT_NAN
    io->logw_out[j] = log(io->w[a]) - log(io->w[a] - 1 + 1) + log(-1.0);
#elif defined ALONE_FAILS
    if (io->w[a] >= 1) return kac_fail(err, KAC_ENUMERIC, "1 - w is zero");
#endif
    io->ancestor[j] = (uint32_t)a;
  }
  return KAC_OK;
}

KAC_RESAMPLER_PLUGIN("animal", "of the zoo", struct config, params, n_uniform,
                     resample)
