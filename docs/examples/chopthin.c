/* SPDX-License-Identifier: MIT */
/* Resampling that bounds the weights and no more: heavy rows are chopped into
 * equal parts, light ones thinned out, the others keep their weight.
 *
 * With a threshold a, a row of weight w has in the mean
 *   h(w) = w/a for w < a,  1 up to eta a/2,  w/(eta a/2) beyond
 * offspring, floor(h) or ceil(h) of them by one uniform number for all rows,
 * and a is such that the h add up to n.  Thinned rows go on with the weight a,
 * m parts of a chopped one with w/m: no weight is more than eta times another,
 * so the ESS is at least 4 eta/(1 + eta)^2 n.
 *
 * Gandy and Lau 2016, J. Comput. Graph. Stat. 25, 273 (the functions h are
 * theirs; the rows are drawn systematically).
 *
 * Check: eta = 4, w = (.6, .2, .1, .1): a = 1/6, h = (1.8, 1, .6, .6), so with
 * u = 1/2 the ancestors are 0 0 1 3 with weights .3 .3 .2 1/6. */
#include <kac/sdk.h>

struct config {
  double eta;
};
static const kac_param params[] = {
    KAC_REAL(struct config, eta, 4, 4, 1e9, "", "largest ratio of two weights"),
};

static size_t n_uniform(const void *self, size_t n_in, size_t n_out) {
  (void)self, (void)n_in, (void)n_out;
  return 1;
}

static double offspring(double w, double a, double eta) {
  double chop = 0.5 * eta * a;
  if (w < a) return w / a;
  return w > chop ? w / chop : 1;
}

static double sum_of_offspring(const kac_resample_io *io, double a,
                               double eta) {
  double sum = 0;
  for (size_t i = 0; i < io->n_in; i++) sum += offspring(io->w[i], a, eta);
  return sum;
}

/* The sum falls as a grows; as h lies between w/(eta a/2) and w/a, it passes n
 * between these two ends. */
static double threshold(const kac_resample_io *io, double eta) {
  double n = (double)io->n_out, low = 2 / (eta * n), high = 1 / n;
  for (int k = 0; k < 60; k++) {
    double middle = 0.5 * (low + high);
    if (sum_of_offspring(io, middle, eta) > n)
      low = middle;
    else
      high = middle;
  }
  return low;
}

static size_t last_alive(const double *w, size_t n) {
  while (n > 1 && !(w[n - 1] > 0)) n--;
  return n - 1;
}

static kac_status resample(const void *self, kac_resample_io *io,
                           kac_error *err) {
  double eta = ((const struct config *)self)->eta, passed = 0;
  double a = threshold(io, eta);
  size_t k = 0, last = last_alive(io->w, io->n_in);
  (void)err;
  for (size_t i = 0; i <= last; i++) {
    size_t first = k;
    passed += offspring(io->w[i], a, eta);
    while (k < io->n_out && (i == last || (double)k + io->u[0] < passed))
      io->ancestor[k++] = (uint32_t)i;
    double each = io->w[i] < a ? a : io->w[i] / (double)(k - first);
    for (size_t j = first; j < k; j++) io->logw_out[j] = log(each);
  }
  return KAC_OK;
}

KAC_RESAMPLER_PLUGIN("chopthin", "bounds the ratio of any two weights",
                     struct config, params, n_uniform, resample)
