/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Partial resampling: only rows with a weight below `low` or above `high`
 * times the mean, and the heaviest one, are resampled; the others keep their
 * place and their weight.  With S the set of the former, m rows of weight W_S
 * in all: m offspring from W_i / W_S by one offset for all (as systematic
 * does), each of weight W_S / m.  E[offspring_i] W_S/m = W_i: unbiased, because
 * S follows from the weights alone.
 *
 * Bolic, Djuric and Hong 2003, ICASSP, vol. 2, 589; Liu, Chen and Logvinenko
 * 2001, in Sequential Monte Carlo Methods in Practice, chapter 11.  Check: w =
 * (.6, .2, .1, .1), low .5, high 2: S = {0, 2, 3}, new weights .8/3, row 1
 * keeps .2. */
#include "draws.h"

struct config {
  double low, high;
};

static const kac_param params[] = {
    KAC_REAL(struct config, low, 0.5, 0, 1, "mean weight",
             "resample rows with less than this"),
    KAC_REAL(struct config, high, 2, 1, 1e300, "mean weight",
             "resample rows with more than this")};

static kac_status plan(const void *config, kac_plan *io, kac_error *err) {
  (void)config;
  (void)err;
  io->scratch_bytes = io->n_particles * (sizeof(double) + 2 * sizeof(uint32_t));
  return KAC_OK;
}

static size_t n_uniform(const void *self, size_t n_in, size_t n_out) {
  (void)self;
  (void)n_in;
  (void)n_out;
  return 1;
}

static size_t heaviest(const double *w, size_t n) {
  size_t best = 0;
  for (size_t i = 1; i < n; i++) best = w[i] > w[best] ? i : best;
  return best;
}

/* The rows of S in order, and their weights; the others stay what they are.
 * The heaviest row is always of S, so that S has a weight. */
static size_t select_rows(const struct config *cfg, kac_resample_io *io,
                          double total, uint32_t *row, double *weight) {
  double mean = total / (double)io->n_in;
  double low = cfg->low * mean, high = cfg->high * mean;
  size_t m = 0, best = heaviest(io->w, io->n_in);
  for (size_t i = 0; i < io->n_in; i++) {
    double w = io->w[i];
    io->ancestor[i] = (uint32_t)i;
    io->logw_out[i] = io->logw[i];
    if (w > 0 && w >= low && w <= high && i != best) continue;
    row[m] = (uint32_t)i;
    weight[m++] = w;
  }
  return m;
}

static kac_status resample(const void *self, kac_resample_io *io,
                           kac_error *err) {
  double total = 0, *weight = io->scratch;
  if (io->n_in != io->n_out)
    return kac_fail(err, KAC_EUNSUPPORTED,
                    "%zu particles in and %zu out, expected the same number: "
                    "partial resampling leaves rows in their places",
                    io->n_in, io->n_out);
  kac_status status = weights_check(io, &total, err);
  if (status != KAC_OK) return status;
  uint32_t *row = (uint32_t *)(void *)(weight + io->n_in);
  size_t m = select_rows(self, io, total, row, weight);
  double sum = weights_total(weight, m), each = sum / (double)m;
  double log_each = log(each / total);
  struct walk walk = walk_begin(weight, m);
  for (size_t k = 0; k < m; k++) {
    uint32_t from = walk_to(&walk, ((double)k + io->u[0]) * each);
    io->ancestor[row[k]] = row[from];
    io->logw_out[row[k]] = log_each;
  }
  return KAC_OK;
}

static const kac_resampler_ops ops = {sizeof ops, 0, n_uniform, resample};

static const char *const cites[] = {
    "Bolic, Djuric and Hong 2003, New resampling algorithms for particle "
    "filters, ICASSP, vol. 2, 589",
    "Liu, Chen and Logvinenko 2001, A theoretical framework for sequential "
    "importance sampling with resampling, in Sequential Monte Carlo Methods in "
    "Practice, Springer",
    NULL};

static const kac_component partial = {
    KAC_COMPONENT(KAC_RESAMPLER, "partial",
                  "only very light and very heavy rows", struct config, params,
                  kac_resampler_ops, ops),
    .doc =
        "Rows of medium weight keep their place and weight, so that fewer "
        "ancestors are lost; the weights stay uneven within [low, high] of "
        "their mean.",
    .cites = cites, .plan = plan};
KAC_MODULE(partial)
