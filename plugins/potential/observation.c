/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is known of x from measurements y = A x + noise:
 *
 *   log phi(x) = log N(y; A x, diag s^2)
 *              = -1/2 sum_i [((y_i - A_i.x)/s_i)^2 + log(2 pi s_i^2)],
 *
 * with its normalisation, so that Z is the evidence p(y).  A is a matrix of one
 * row per measurement, or picks coordinates (inpainting).  With a prior N(m, C)
 * the posterior is Gaussian: precision C^-1 + A' s^-2 A.
 *
 * Asked at a denoised mean D = E[x_0 | x_t] on the way, y is less certain by
 * what D leaves open.  With data_variance c that is counted in, as if x_0 given
 * x_t were N(D, w I), w = c sigma^2/(alpha^2 c + sigma^2):
 *
 *   s_i^2 + w |A_i|^2  instead of  s_i^2, but for the end state,
 *
 * without which guides overshoot at high noise (Song et al. 2023, PiGDM, ICLR).
 * Steering stays exact: what is said on the way changes its variance alone.
 *
 * Check: A = (1, 2), y = 4, s = 2, x = (1, 1): phi = -1.7370857
 * (= -1/8 - log(8 pi)/2), gradient (1/4, 1/2). */
#include <kac/sdk.h>

struct config {
  kac_array y, sigma, operator, coordinates;
  double data_variance;
};
static const kac_param params[] = {
    KAC_ARRAY(struct config, y, KAC_P_REQUIRED, "m", "", "the measurements"),
    {"sigma", "", "standard deviation of their noise", KAC_T_ARRAY,
     KAC_P_REQUIRED | KAC_P_OPEN_MIN, KAC_AT(struct config, sigma, kac_array),
     0, 0, 1e154, "m?"},
    KAC_ARRAY(struct config, operator, 0, "m,d", "",
              "matrix A, one row for each measurement; give this or "
              "coordinates"),
    {"coordinates", "", "which coordinate each measurement is of, from 0",
     KAC_T_ARRAY, 0, KAC_AT(struct config, coordinates, kac_array), 0, 0, 1e15,
     "m"},
    KAC_REAL(struct config, data_variance, 0, 0, 1e300, "x^2",
             "variance of the data per coordinate: widens sigma by what a "
             "denoised mean leaves open; 0: not done"),
};

static kac_status plan(const void *config, kac_plan *plan, kac_error *err) {
  const struct config *cfg = config;
  size_t d = plan->space->n_real;
  if ((cfg->operator.n> 0) == (cfg->coordinates.n > 0))
    return kac_fail(err, KAC_EINVAL,
                    "%s of operator and coordinates are given, expected one",
                    cfg->operator.n> 0 ? "both" : "none");
  for (size_t i = 0; i < cfg->coordinates.n; i++) {
    double j = cfg->coordinates.data[i];
    if (j != floor(j) || !(j < (double)d))
      return kac_fail(err, KAC_EINVAL,
                      "coordinates[%zu] = %g, expected a whole number from 0 "
                      "to %zu",
                      i, j, d - 1);
  }
  return KAC_OK;
}

/* A_i.x */
static double measured(const struct config *cfg, size_t i, const double *x,
                       size_t d) {
  if (cfg->coordinates.n) return x[(size_t)cfg->coordinates.data[i]];
  const double *a = cfg->operator.data + i * d;
  double sum = 0;
  for (size_t j = 0; j < d; j++) sum += a[j] * x[j];
  return sum;
}

/* gradient += pull A_i */
static void pull_by(const struct config *cfg, size_t i, double pull, size_t d,
                    double *gradient) {
  if (cfg->coordinates.n) {
    gradient[(size_t)cfg->coordinates.data[i]] += pull;
    return;
  }
  const double *a = cfg->operator.data + i * d;
  for (size_t j = 0; j < d; j++) gradient[j] += pull * a[j];
}

static double size_of_row(const struct config *cfg, size_t i, size_t d) {
  double sum = 0;
  if (cfg->coordinates.n) return 1;
  for (size_t j = 0; j < d; j++)
    sum += cfg->operator.data[i * d + j] * cfg->operator.data[i * d + j];
  return sum;
}

/* Variance of x_0 given x_t per coordinate, and its derivative in t. */
static kac_status left_open(const struct config *cfg, const kac_block *block,
                            const kac_potential_io *io, double *w, double *dw,
                            kac_error *err) {
  kac_coeffs t = {.struct_size = sizeof t};
  double c = cfg->data_variance;
  *w = *dw = 0;
  if (!(c > 0) || (io->flags & KAC_FINAL)) return KAC_OK;
  kac_status status = block->host->coeffs(block, io->t, &t, err);
  if (status != KAC_OK) return status;
  double noise = t.sigma * t.sigma, total = t.alpha * t.alpha * c + noise;
  double dnoise = 2 * t.sigma * t.dsigma;
  double dtotal = 2 * t.alpha * t.dalpha * c + dnoise;
  *w = c * noise / total;
  *dw = c * (dnoise - noise / total * dtotal) / total;
  return KAC_OK;
}

/* Measurement k of all rows: its variance, and how that changes with t. */
static void add_one(const struct config *cfg, size_t k, size_t n, size_t d,
                    double var, double dvar, kac_potential_io *io) {
  double level = -0.5 * log(6.283185307179586477 * var);
  for (size_t i = 0; i < n; i++) {
    const double *x = kac_row(&io->x, i);
    double off = cfg->y.data[k] - measured(cfg, k, x, d), pull = off / var;
    if (io->want & KAC_Q_PHI) io->phi[i] += level - 0.5 * off * pull;
    if (io->want & KAC_Q_DPHI) pull_by(cfg, k, pull, d, io->dphi + i * io->ld);
    if (io->want & KAC_Q_DPHI_DT)
      io->dphi_dt[i] += 0.5 * (pull * pull - 1 / var) * dvar;
  }
}

static kac_status eval(const void *self, const kac_block *block,
                       kac_potential_io *io, kac_error *err) {
  const struct config *cfg = self;
  size_t n = block->n, d = block->space->n_real;
  double w, dw;
  kac_status status = left_open(cfg, block, io, &w, &dw, err);
  if (status != KAC_OK) return status;
  for (size_t i = 0; i < n; i++) {
    if (io->want & KAC_Q_PHI) io->phi[i] = 0;
    if (io->want & KAC_Q_DPHI_DT) io->dphi_dt[i] = 0;
    if (io->want & KAC_Q_DPHI)
      memset(io->dphi + i * io->ld, 0, d * sizeof *io->dphi);
  }
  for (size_t k = 0; k < cfg->y.n; k++) {
    double s = kac_at(&cfg->sigma, k), size = size_of_row(cfg, k, d);
    add_one(cfg, k, n, d, s * s + w * size, dw * size, io);
  }
  return KAC_OK;
}

static const char *const cites[] = {
    "Song, Vahdat, Mardani and Kautz 2023, Pseudoinverse-guided diffusion "
    "models for inverse problems, ICLR",
    NULL};

static const kac_potential_ops ops = {sizeof ops, 0, eval};
static const kac_component observation = {
    KAC_COMPONENT(KAC_POTENTIAL, "observation",
                  "linear measurements with Gaussian noise", struct config,
                  params, kac_potential_ops, ops),
    .doc =
        "log N(y; A x, s^2), for inverse problems: Z is the evidence of y and "
        "the weighted law is the posterior. Arrays may come from .npy or .txt "
        "files. A guide at x0hat wants data_variance.",
    .cites = cites, .provides = KAC_Q_PHI | KAC_Q_DPHI | KAC_Q_DPHI_DT,
    .plan = plan};
KAC_MODULE(observation)
