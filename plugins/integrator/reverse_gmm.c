/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The reverse kernel p(x_s | x_t) of a noised Gaussian mixture, exactly.  For
 * data sum_k w_k N(m_k, c_k I) let V_k = alpha^2 c_k + sigma^2 at t and U_k the
 * same at s, a = alpha_t/alpha_s and v = sigma_t^2 - a^2 sigma_s^2, so that
 * V_k = a^2 U_k + v.  A component is drawn by its responsibility at x_t,
 *
 *   r_k ~ w_k N(x_t; alpha_t m_k, V_k),
 *   x_s ~ N(alpha_s m_k + a U_k/V_k (x_t - alpha_t m_k), U_k v/V_k).
 *
 * The law after any number of steps is that of the data, noised to the last t.
 * It knows the mixture and nothing else: whatever the target is, this is the
 * law that runs, so the target must be the same mixture or nothing.
 *
 * Bayes' rule; Bishop 2006, section 2.3.3.  Check: one component, m = 0, c = 1,
 * EDM from sigma = 2 to 1 at x = 5: mean 2, var 1.2. */
#include "../score/shares.h"

struct config {
  kac_array means, weights, variances;
  double sigma, scale;
};

static const kac_param params[] = {
    KAC_ARRAY(struct config, means, KAC_P_REQUIRED, "n,d", "",
              "one row per component"),
    {"weights", "", "divided by their sum; default equal", KAC_T_ARRAY, 0,
     KAC_AT(struct config, weights, kac_array), 0, 0, 1e308, "n"},
    KAC_REAL(struct config, sigma, 0, 0, 1e154, "",
             "standard deviation of every component; give this or variances"),
    {"variances", "", "variance of each component", KAC_T_ARRAY, KAC_P_OPEN_MIN,
     KAC_AT(struct config, variances, kac_array), 0, 0, 1e308, "n"},
    {"scale", "",
     "multiplies means and standard deviations (variances by its square)",
     KAC_T_REAL, KAC_P_OPEN_MIN, KAC_AT(struct config, scale, double), 1, 0,
     1e154, NULL},
};

/* The kernels of all components for one step, and room for a tile and for the
 * random numbers of a block. */
struct work {
  double *mean, *level, *precision; /* at t: alpha m_k, log w_k N(0), 1/V_k */
  double *gain, *width, *out;       /* of x_s: a U_k/V_k, its sd, alpha_s m_k */
  double *x, *logit, *share;        /* d, n and n rows of TILE */
  double *logp, *total, *uniform, *z; /* TILE, TILE, n_rows, n_rows by d */
};

static double *take(double *base, size_t *used, size_t n) {
  double *p = base ? base + *used : NULL;
  *used += (n + 7) / 8 * 8;
  return p;
}

/* Lays work out in base, or only counts when base is NULL. */
static size_t lay_out(struct work *w, size_t n, size_t d, size_t n_rows,
                      double *base) {
  size_t used = 0;
  w->mean = take(base, &used, n * d);
  w->out = take(base, &used, n * d);
  w->level = take(base, &used, n);
  w->precision = take(base, &used, n);
  w->gain = take(base, &used, n);
  w->width = take(base, &used, n);
  w->x = take(base, &used, d * TILE);
  w->logit = take(base, &used, n * TILE);
  w->share = take(base, &used, n * TILE);
  w->logp = take(base, &used, TILE);
  w->total = take(base, &used, TILE);
  w->uniform = take(base, &used, n_rows);
  w->z = take(base, &used, n_rows * d);
  return used * sizeof(double);
}

static double weight_at(const struct config *cfg, size_t k) {
  return cfg->weights.n ? cfg->weights.data[k] : 1.0;
}

static double variance_at(const struct config *cfg, size_t k) {
  double unit = cfg->scale * cfg->scale;
  return unit *
         (cfg->variances.n ? cfg->variances.data[k] : cfg->sigma * cfg->sigma);
}

static kac_status plan(const void *config, kac_plan *plan, kac_error *err) {
  const struct config *cfg = config;
  size_t n = cfg->means.shape[0];
  struct work w;
  double total = 0;
  if ((cfg->sigma > 0) == (cfg->variances.n > 0))
    return kac_fail(err, KAC_EINVAL,
                    "%s of sigma and variances are given, expected one",
                    cfg->sigma > 0 ? "both" : "none");
  if (plan->space->flags & KAC_MEAN_FREE)
    return kac_fail(err, KAC_EINVAL,
                    "the state is mean free, expected a plain one: a mixture "
                    "does not hold the centre of mass");
  for (size_t k = 0; k < n; k++) total += weight_at(cfg, k);
  if (!(total > 0 && isfinite(total)))
    return kac_fail(err, KAC_EINVAL,
                    "the weights sum to %g, expected a finite sum above 0",
                    total);
  plan->scratch_bytes = lay_out(&w, n, plan->space->n_real, plan->block, NULL);
  return KAC_OK;
}

static kac_status kernels(const struct config *cfg, size_t d,
                          const kac_coeffs *t, const kac_coeffs *s,
                          struct work *w, kac_error *err) {
  double a = t->alpha / s->alpha;
  double v = t->sigma * t->sigma - a * a * s->sigma * s->sigma;
  if (!(v > 0))
    return kac_fail(err, KAC_ENUMERIC,
                    "sigma/alpha is %g at t = %g and %g at t = %g: it must "
                    "grow with t",
                    s->sigma / s->alpha, s->t, t->sigma / t->alpha, t->t);
  for (size_t k = 0; k < cfg->means.shape[0]; k++) {
    double c = variance_at(cfg, k);
    double at_t = t->alpha * t->alpha * c + t->sigma * t->sigma;
    double at_s = s->alpha * s->alpha * c + s->sigma * s->sigma;
    w->precision[k] = 1 / at_t;
    w->level[k] = log(weight_at(cfg, k)) - 0.5 * (double)d * log(at_t);
    w->gain[k] = a * at_s / at_t;
    w->width[k] = sqrt(at_s * v / at_t);
    for (size_t j = 0; j < d; j++) {
      double mean = cfg->scale * cfg->means.data[k * d + j];
      w->mean[k * d + j] = t->alpha * mean;
      w->out[k * d + j] = s->alpha * mean;
    }
  }
  return KAC_OK;
}

/* Component whose part of [0, 1) holds u; never one of share 0. */
static size_t choose(const double *share, size_t n, double u) {
  size_t chosen = 0;
  double sum = 0;
  for (size_t k = 0; k < n; k++) {
    if (!(share[k * TILE] > 0)) continue;
    chosen = k;
    if (u < (sum += share[k * TILE])) break;
  }
  return chosen;
}

static void draw_row(const struct work *w, size_t k, size_t d, const double *z,
                     double *x) {
  const double *mean = w->mean + k * d, *out = w->out + k * d;
  for (size_t j = 0; j < d; j++)
    x[j] = out[j] + w->gain[k] * (x[j] - mean[j]) + w->width[k] * z[j];
}

static kac_status step(const void *self, const kac_block *block,
                       kac_step_io *io, kac_error *err) {
  const struct config *cfg = self;
  size_t n = cfg->means.shape[0], d = block->space->n_real, ld = io->x.ld;
  struct work w;
  lay_out(&w, n, d, block->n, block->scratch);
  kac_status status = kernels(cfg, d, io->c0, io->c1, &w, err);
  if (status != KAC_OK) return status;
  block->host->uniform(block, 0, w.uniform, 1, 1);
  block->host->normal(block, 1, w.z, d, d);
  for (size_t first = 0; first < block->n; first += TILE) {
    size_t n_rows = tile_rows(block->n, first);
    tile_load(io->x.real + first * ld, ld, n_rows, d, w.x);
    spherical_logits(n, d, w.mean, w.precision, w.level, w.x, w.logit);
    normalise(n, w.precision, w.logit, w.share, w.logp, w.total);
    for (size_t l = 0; l < n_rows; l++) {
      size_t i = first + l, k = choose(w.share + l, n, w.uniform[i]);
      draw_row(&w, k, d, w.z + i * d, io->x.real + i * ld);
    }
  }
  io->f_valid = 0;
  return KAC_OK;
}

static const kac_integrator_ops ops = {
    .struct_size = sizeof ops,
    .role = KAC_ADVANCES | KAC_OWN_NOISE | KAC_OWN_LAW,
    .step = step};

static const char *const cites[] = {
    "Bishop 2006, Pattern Recognition and Machine Learning, section 2.3.3",
    NULL};

static const kac_component reverse_gmm = {
    KAC_COMPONENT(KAC_INTEGRATOR, "reverse_gmm",
                  "exact reverse kernel of a noised Gaussian mixture",
                  struct config, params, kac_integrator_ops, ops),
    .doc =
        "Draws from p(x_s | x_t) of a mixture of isotropic Gaussians, at any "
        "number of steps without error: for steering, where the law of the "
        "sampler is then known. The target must be the same mixture, or none.",
    .cites = cites, .plan = plan};
KAC_MODULE(reverse_gmm)
