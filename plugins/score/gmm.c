/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A Gaussian mixture, noised in closed form:
 *
 *   x_0 ~ sum_k w_k N(m_k, C_k)  =>
 *   x_t ~ sum_k w_k N(alpha m_k, V_k),  V_k = alpha^2 C_k + sigma^2 I.
 *
 * With responsibilities r_k and component scores s_k = V_k^-1 (alpha m_k - x):
 *
 *   score s = sum_k r_k s_k
 *   Hessian of log q = sum_k r_k (s_k s_k' - V_k^-1) - s s'.
 *
 * C_k is one variance for all, one for each component (both "spherical" below)
 * or a full matrix, whose V_k is factorised (Cholesky) once a block.
 * Check: modes -1 and 2 of standard deviation 1/2 with weights .3 and .7, alpha
 * = 1, sigma = 1/2, x = 1/2: score = 1.2, log p = -2.8223649, divergence of the
 * score = 5.56. */
#include <stdbool.h>

#include "mixture.h"
#include "rows.h"

struct config {
  kac_array means, weights, variances, covariances;
  double sigma, scale;
};
static const kac_param params[] = {
    KAC_ARRAY(struct config, means, KAC_P_REQUIRED, "n,d", "",
              "one row per component"),
    {"weights", "", "divided by their sum; default equal", KAC_T_ARRAY, 0,
     KAC_AT(struct config, weights, kac_array), 0, 0, 1e308, "n"},
    KAC_REAL(struct config, sigma, 0, 0, 1e154, "",
             "standard deviation of every component; give this, variances or "
             "covariances"),
    {"variances", "", "variance of each component", KAC_T_ARRAY, KAC_P_OPEN_MIN,
     KAC_AT(struct config, variances, kac_array), 0, 0, 1e308, "n"},
    KAC_ARRAY(struct config, covariances, 0, "n,d,d", "",
              "full covariance of each component"),
    {"scale", "",
     "multiplies means and standard deviations (variances by its square)",
     KAC_T_REAL, KAC_P_OPEN_MIN, KAC_AT(struct config, scale, double), 1, 0,
     1e154, NULL},
};

/* What is wanted of one tile beside the score, into rows [first, first +
 * n_rows) of io. */
static void write_tile(struct work *w, const kac_coeffs *c, size_t first,
                       size_t n_rows, kac_score_io *io) {
  size_t d = w->d, size = d * TILE, at = first * io->ld;
  double variance = c->sigma * c->sigma;
  if (io->want & KAC_Q_X0) {
    for (size_t i = 0; i < size; i++)
      w->out[i] = (w->x[i] + variance * w->score[i]) / c->alpha;
    tile_store(w->out, n_rows, d, io->x0 + at, io->ld);
  }
  if (io->want & KAC_Q_EPS) {
    for (size_t i = 0; i < size; i++) w->out[i] = -c->sigma * w->score[i];
    tile_store(w->out, n_rows, d, io->eps + at, io->ld);
  }
  if (io->want & KAC_Q_VJP) {
    tile_load(io->v + at, io->ld, n_rows, d, w->v);
    pull_back(w, c);
    tile_store(w->out, n_rows, d, io->vjp + at, io->ld);
  }
  if (io->want & KAC_Q_DIV) {
    divergence(w);
    memcpy(io->div + first, w->div, n_rows * sizeof *w->div);
  }
  if (io->want & KAC_Q_LOGP)
    memcpy(io->logp + first, w->logp, n_rows * sizeof *w->logp);
}

/* Responsibilities and score of n_rows rows from `first` on, with the rows
 * turned into a tile. */
static void score_tile(struct work *w, size_t first, size_t n_rows,
                       kac_score_io *io) {
  tile_load(kac_row(&io->x, first), io->x.ld, n_rows, w->d, w->x);
  if (w->is_full)
    full_logits(w);
  else
    spherical_logits(w->n, w->d, w->mean, w->precision, w->level, w->x,
                     w->logit);
  normalise(w->n, w->precision, w->logit, w->share, w->logp, w->total);
  if (w->is_full)
    full_score(w);
  else
    spherical_score(w->n, w->d, w->mean, w->logit, w->total, w->x, w->score);
  if (io->want & KAC_Q_SCORE)
    tile_store(w->score, n_rows, w->d, io->score + first * io->ld, io->ld);
}

/* The same with the rows as they lie; turned only if more is wanted. */
static void score_rows(struct work *w, size_t first, size_t n_rows,
                       kac_score_io *io) {
  const uint64_t of_rows = KAC_Q_SCORE | KAC_Q_LOGP;
  const double *x = kac_row(&io->x, first);
  bool is_out = io->want & KAC_Q_SCORE;
  double *score = is_out ? io->score + first * io->ld : w->out;
  size_t ld = is_out ? io->ld : w->d;
  row_logits(w->n, w->d, w->mean, w->precision, w->level, x, io->x.ld, n_rows,
             w->logit);
  normalise(w->n, w->precision, w->logit, w->share, w->logp, w->total);
  if (io->want == KAC_Q_LOGP) return;
  row_scores(w->n, w->d, w->mean, w->logit, w->total, x, io->x.ld, n_rows,
             score, ld);
  if ((io->want & ~of_rows) == 0) return;
  tile_load(x, io->x.ld, n_rows, w->d, w->x);
  tile_load(score, ld, n_rows, w->d, w->score);
}

static kac_status eval(const void *self, const kac_block *block,
                       kac_score_io *io, kac_error *err) {
  struct work w;
  kac_coeffs c = {0};
  kac_status status = noise(self, block, io->t, &w, &c, err);
  if (status != KAC_OK) return status;
  bool is_turned = w.is_full || w.d < ROWS_MIN;
  for (size_t first = 0; first < block->n; first += TILE) {
    size_t n_rows = tile_rows(block->n, first), next = first + n_rows;
    if (is_turned && next < block->n)
      tile_prefetch(kac_row(&io->x, next), io->x.ld, tile_rows(block->n, next),
                    w.d);
    if (is_turned)
      score_tile(&w, first, n_rows, io);
    else
      score_rows(&w, first, n_rows, io);
    write_tile(&w, &c, first, n_rows, io);
  }
  return KAC_OK;
}

/* Component whose share of [0, 1) holds u; never one of weight 0. */
static size_t choose(const struct mixture *m, double u) {
  size_t chosen = 0;
  for (size_t k = 0; k < m->n; k++) {
    if (isinf(m->log_weight[k])) continue;
    chosen = k;
    if (u < m->cumulative[k]) break;
  }
  return chosen;
}

static void draw_row(const struct mixture *m, const struct work *w, double u,
                     double *x) {
  size_t d = m->d, k = choose(m, u);
  const double *factor = w->factor + (m->is_full ? k * d * d : 0);
  double width = 1.0 / sqrt(w->precision[k]);
  for (size_t j = d; j-- > 0;) {
    double sum = m->is_full ? x[j] / factor[j * d + j] : x[j] * width;
    for (size_t i = 0; m->is_full && i < j; i++)
      sum += factor[j * d + i] * x[i];
    x[j] = w->mean[k * d + j] + sum;
  }
}

static kac_status sample(const void *self, const kac_block *block,
                         kac_sample_io *io, kac_error *err) {
  const struct mixture *m = self;
  struct work w;
  kac_coeffs c = {0};
  kac_status status = noise(m, block, io->t, &w, &c, err);
  if (status != KAC_OK) return status;
  block->host->uniform(block, 0, w.uniform, 1, 1);
  block->host->normal(block, 1, io->x.real, io->x.ld, m->d);
  for (size_t i = 0; i < block->n; i++)
    draw_row(m, &w, w.uniform[i], io->x.real + i * io->x.ld);
  if (!io->logp) return KAC_OK;
  kac_score_io at = {.struct_size = sizeof at,
                     .want = KAC_Q_LOGP,
                     .t = io->t,
                     .x = {io->x.real, io->x.ld, NULL, 0},
                     .logp = io->logp};
  return eval(self, block, &at, err);
}

static double weight_at(const struct config *cfg, size_t k) {
  return cfg->weights.n ? cfg->weights.data[k] : 1.0;
}

/* Element (i, j) of the scaled covariance of component k. */
static double covariance_at(const struct config *cfg, size_t d, size_t k,
                            size_t i, size_t j) {
  double unit = cfg->scale * cfg->scale;
  if (cfg->covariances.n)
    return unit * cfg->covariances.data[(k * d + i) * d + j];
  if (i != j) return 0;
  return unit *
         (cfg->variances.n ? cfg->variances.data[k] : cfg->sigma * cfg->sigma);
}

static kac_status check_symmetry(const struct config *cfg, size_t d,
                                 kac_error *err) {
  for (size_t k = 0; cfg->covariances.n && k < cfg->means.shape[0]; k++)
    for (size_t i = 0; i < d; i++)
      for (size_t j = 0; j < i; j++) {
        double a = covariance_at(cfg, d, k, i, j);
        double b = covariance_at(cfg, d, k, j, i);
        if (!(fabs(a - b) <= 1e-12 * (fabs(a) + fabs(b))))
          return kac_fail(err, KAC_EINVAL,
                          "covariance of component %zu is not symmetric: %g "
                          "at (%zu, %zu), %g across the diagonal",
                          k, a, i, j, b);
      }
  return KAC_OK;
}

/* sum_k w_k and sum_k w_k E|x|^2. */
static void moments(const struct config *cfg, size_t d, double *total,
                    double *square) {
  *total = *square = 0;
  for (size_t k = 0; k < cfg->means.shape[0]; k++) {
    double weight = weight_at(cfg, k);
    *total += weight;
    for (size_t j = 0; j < d; j++) {
      double mean = cfg->scale * cfg->means.data[k * d + j];
      *square += weight * (mean * mean + covariance_at(cfg, d, k, j, j));
    }
  }
}

/* Of a mixture. */
static size_t n_numbers(const struct config *cfg, size_t d, int is_full) {
  size_t n = cfg->means.shape[0];
  return n * d + 2 * n + (is_full ? n * d * d : n);
}

static kac_status plan(const void *config, kac_plan *plan, kac_error *err) {
  const struct config *cfg = config;
  size_t d = plan->space->n_real;
  int is_full = cfg->covariances.n > 0;
  int n_given = (cfg->sigma > 0) + (cfg->variances.n > 0) + is_full;
  if (n_given != 1)
    return kac_fail(err, KAC_EINVAL,
                    "%d of sigma, variances and covariances are given, "
                    "expected one",
                    n_given);
  if (plan->space->flags & KAC_MEAN_FREE)
    return kac_fail(err, KAC_EINVAL,
                    "the state is mean free, expected a plain one: a mixture "
                    "does not hold the centre of mass");
  double total, square;
  moments(cfg, d, &total, &square);
  if (!(total > 0 && isfinite(total)))
    return kac_fail(err, KAC_EINVAL,
                    "the weights sum to %g, expected a finite sum above 0",
                    total);
  struct work w;
  plan->scratch_bytes =
      lay_out(&w, cfg->means.shape[0], d, is_full, plan->block, NULL);
  kac_owns(plan, n_numbers(cfg, d, is_full), sizeof(double));
  if (is_full) kac_owns(plan, d, d * sizeof(double)); /* check_full's copy */
  plan->sigma_data = sqrt(square / total / (double)d);
  return check_symmetry(cfg, d, err);
}

/* Every C_k must be positive definite by itself, whatever noise adds. */
static kac_status check_full(const kac_host *host, const struct mixture *m,
                             kac_error *err) {
  size_t size = m->d * m->d;
  double *copy = host->alloc(host, size * sizeof *copy);
  if (!copy) return kac_fail(err, KAC_ENOMEM, "no memory for a mixture");
  for (size_t k = 0; k < m->n; k++) {
    memcpy(copy, m->variance + k * size, size * sizeof *copy);
    if (isinf(cholesky(copy, m->d)))
      return kac_fail(err, KAC_EINVAL,
                      "covariance of component %zu is not positive definite",
                      k);
  }
  return KAC_OK;
}

static void fill(struct mixture *m, const struct config *cfg) {
  double total, square, sum = 0;
  size_t d = m->d, side = m->is_full ? d : 1;
  moments(cfg, d, &total, &square);
  for (size_t k = 0; k < m->n; k++) {
    double weight = weight_at(cfg, k) / total;
    m->log_weight[k] = log(weight);
    m->cumulative[k] = sum += weight;
    for (size_t j = 0; j < d; j++)
      m->mean[k * d + j] = cfg->scale * cfg->means.data[k * d + j];
    for (size_t i = 0; i < side; i++)
      for (size_t j = 0; j < side; j++)
        m->variance[(k * side + i) * side + j] = covariance_at(cfg, d, k, i, j);
  }
}

static kac_status create(const kac_host *host, const void *config,
                         const kac_plan *plan, void **self, kac_error *err) {
  const struct config *cfg = config;
  size_t n = cfg->means.shape[0], d = plan->space->n_real;
  int is_full = cfg->covariances.n > 0;
  struct mixture *m = host->alloc(host, sizeof *m);
  double *store = host->alloc(host, n_numbers(cfg, d, is_full) * sizeof *store);
  if (!m || !store) return kac_fail(err, KAC_ENOMEM, "no memory for a mixture");
  m->n = n, m->d = d, m->is_full = is_full;
  m->mean = store;
  m->log_weight = m->mean + n * d;
  m->cumulative = m->log_weight + n;
  m->variance = m->cumulative + n;
  fill(m, cfg);
  *self = m;
  return is_full ? check_full(host, m, err) : KAC_OK;
}

static const kac_score_ops ops = {
    .struct_size = sizeof ops, .eval = eval, .sample = sample};
static const kac_component component = {
    KAC_COMPONENT(KAC_SCORE, "gmm", "Gaussian mixture", struct config, params,
                  kac_score_ops, ops),
    .doc =
        "The exact noised density of a mixture of Gaussians. scale = 0.02 "
        "turns the 40-mode benchmark into units of 50.",
    .provides = KAC_Q_SCORE | KAC_Q_X0 | KAC_Q_EPS | KAC_Q_LOGP | KAC_Q_DIV |
                KAC_Q_VJP | KAC_Q_SAMPLE,
    .plan = plan, .create = create};
KAC_MODULE(component)
