/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The arithmetic of a Gaussian mixture for one tile of rows: the law noised to
 * one t, responsibilities, score, divergence and vector-Jacobian product.  The
 * formulas are in gmm.c, which owns the parameters and the calls. */
#ifndef KAC_PLUGINS_MIXTURE_H
#define KAC_PLUGINS_MIXTURE_H
#include "cholesky.h"
#include "shares.h"

struct mixture {
  size_t n, d;
  int is_full;
  double *mean, *log_weight, *cumulative;
  double *variance; /* n, or n by d by d */
};

/* The mixture noised to one t, and room for one tile of rows. */
struct work {
  size_t n, d;
  int is_full;
  double *mean;      /* n by d: alpha m_k */
  double *level;     /* n: log w_k N(0; 0, V_k) */
  double *precision; /* n: of a spherical component; 1 if full */
  double *factor;    /* full: n by d by d, lower L with V = L L', and 1/L_jj on
                      * the diagonal */
  double *trace;     /* n: of V_k^-1 */
  double *x, *v, *score, *out; /* d by TILE */
  double *part, *turned;       /* d by TILE: s_k, V_k^-1 v */
  double *share, *logit;       /* n by TILE: r_k; log w_k N(x; ..) */
  double *logp, *div, *total;  /* TILE */
  double *uniform;             /* one for each row of the block */
};

static double *take(double *base, size_t *used, size_t n) {
  double *p = base ? base + *used : NULL;
  *used += (n + 7) / 8 * 8;
  return p;
}

/* Lays work out in base, or only counts when base is NULL. */
static size_t lay_out(struct work *w, size_t n, size_t d, int is_full,
                      size_t n_rows, double *base) {
  size_t used = 0;
  w->n = n, w->d = d, w->is_full = is_full;
  w->mean = take(base, &used, n * d);
  w->level = take(base, &used, n);
  w->precision = take(base, &used, n);
  w->trace = take(base, &used, n);
  w->factor = take(base, &used, is_full ? n * d * d : 0);
  w->x = take(base, &used, d * TILE);
  w->v = take(base, &used, d * TILE);
  w->score = take(base, &used, d * TILE);
  w->out = take(base, &used, d * TILE);
  w->part = take(base, &used, d * TILE);
  w->turned = take(base, &used, d * TILE);
  w->share = take(base, &used, n * TILE);
  w->logit = take(base, &used, n * TILE);
  w->logp = take(base, &used, TILE);
  w->div = take(base, &used, TILE);
  w->total = take(base, &used, TILE);
  w->uniform = take(base, &used, n_rows);
  return used * sizeof(double);
}

static kac_status noise_full(const struct mixture *m, const kac_coeffs *c,
                             struct work *w, double t, kac_error *err) {
  size_t d = m->d;
  double noise = c->sigma * c->sigma;
  for (size_t k = 0; k < m->n; k++) {
    double *factor = w->factor + k * d * d;
    for (size_t i = 0; i < d * d; i++)
      factor[i] = c->alpha * c->alpha * m->variance[k * d * d + i] +
                  (i % (d + 1) == 0 ? noise : 0.0);
    double log_det = cholesky(factor, d);
    if (isinf(log_det))
      return kac_fail(err, KAC_ENUMERIC,
                      "noised covariance of component %zu is not positive "
                      "definite at t = %g",
                      k, t);
    w->precision[k] = 1;
    w->trace[k] = inverse_trace(factor, d, w->part);
    w->level[k] = -0.5 * log_det;
  }
  return KAC_OK;
}

static kac_status noise_spherical(const struct mixture *m, const kac_coeffs *c,
                                  struct work *w, double t, kac_error *err) {
  for (size_t k = 0; k < m->n; k++) {
    double v = c->alpha * c->alpha * m->variance[k] + c->sigma * c->sigma;
    if (!(v > 0))
      return kac_fail(err, KAC_ENUMERIC,
                      "noised variance %g of component %zu at t = %g, expected "
                      "above 0",
                      v, k, t);
    w->precision[k] = 1.0 / v;
    w->trace[k] = (double)m->d / v;
    w->level[k] = -0.5 * (double)m->d * log(v);
  }
  return KAC_OK;
}

static kac_status noise(const struct mixture *m, const kac_block *block,
                        double t, struct work *w, kac_coeffs *c,
                        kac_error *err) {
  lay_out(w, m->n, m->d, m->is_full, block->n, block->scratch);
  c->struct_size = sizeof *c;
  kac_status status = block->host->coeffs(block, t, c, err);
  if (status == KAC_OK)
    status = m->is_full ? noise_full(m, c, w, t, err)
                        : noise_spherical(m, c, w, t, err);
  if (status != KAC_OK) return status;
  const double log_2pi = 1.8378770664093454836;
  for (size_t i = 0; i < m->n * m->d; i++) w->mean[i] = c->alpha * m->mean[i];
  for (size_t k = 0; k < m->n; k++)
    w->level[k] += m->log_weight[k] - 0.5 * (double)m->d * log_2pi;
  return KAC_OK;
}

static void full_logits(struct work *w) {
  size_t d = w->d;
  for (size_t k = 0; k < w->n; k++) {
    double *logit = w->logit + k * TILE;
    for (size_t i = 0; i < d * TILE; i++)
      w->part[i] = w->mean[k * d + i / TILE] - w->x[i];
    solve(d, w->factor + k * d * d, w->part, 0);
    for (size_t l = 0; l < TILE; l++) logit[l] = 0;
    for (size_t i = 0; i < d * TILE; i++)
      logit[i % TILE] += w->part[i] * w->part[i];
    for (size_t l = 0; l < TILE; l++) logit[l] = w->level[k] - 0.5 * logit[l];
  }
}

/* score = sum_k pull_k mean_k - total x, pull_k = r_k / V_k. */
KAC_CLONES static void spherical_score(size_t n, size_t d,
                                       const double *restrict mean,
                                       const double *restrict pull,
                                       const double *restrict total,
                                       const double *restrict x,
                                       double *restrict score) {
  for (size_t j = 0; j < d; j++) {
    double sum[TILE] = {0};
    for (size_t k = 0; k < n; k++)
      for (size_t l = 0; l < TILE; l++)
        sum[l] += pull[k * TILE + l] * mean[k * d + j];
    for (size_t l = 0; l < TILE; l++)
      score[j * TILE + l] = sum[l] - total[l] * x[j * TILE + l];
  }
}

/* s_k of component k into w->part. */
static void component_score(struct work *w, size_t k) {
  for (size_t j = 0; j < w->d; j++)
    for (size_t l = 0; l < TILE; l++)
      w->part[j * TILE + l] =
          (w->mean[k * w->d + j] - w->x[j * TILE + l]) * w->precision[k];
  if (w->is_full) solve(w->d, w->factor + k * w->d * w->d, w->part, 1);
}

static void full_score(struct work *w) {
  memset(w->score, 0, w->d * TILE * sizeof *w->score);
  for (size_t k = 0; k < w->n; k++) {
    component_score(w, k);
    for (size_t i = 0; i < w->d * TILE; i++)
      w->score[i] += w->share[k * TILE + i % TILE] * w->part[i];
  }
}

/* sum[l] = sum_j a_jl b_jl */
static void dot(size_t d, const double *a, const double *b, double *sum) {
  memset(sum, 0, TILE * sizeof *sum);
  for (size_t i = 0; i < d * TILE; i++) sum[i % TILE] += a[i] * b[i];
}

/* Trace of the Hessian of log q. */
static void divergence(struct work *w) {
  double square[TILE];
  dot(w->d, w->score, w->score, square);
  for (size_t l = 0; l < TILE; l++) w->div[l] = -square[l];
  for (size_t k = 0; k < w->n; k++) {
    component_score(w, k);
    dot(w->d, w->part, w->part, square);
    for (size_t l = 0; l < TILE; l++)
      w->div[l] += w->share[k * TILE + l] * (square[l] - w->trace[k]);
  }
}

/* (d x0hat/dx)' v = (v + sigma^2 H v)/alpha into w->out, H symmetric. */
static void pull_back(struct work *w, const kac_coeffs *c) {
  double along[TILE];
  size_t size = w->d * TILE;
  dot(w->d, w->score, w->v, along);
  for (size_t i = 0; i < size; i++) w->out[i] = -w->score[i] * along[i % TILE];
  for (size_t k = 0; k < w->n; k++) {
    component_score(w, k);
    dot(w->d, w->part, w->v, along);
    for (size_t i = 0; i < size; i++) w->turned[i] = w->v[i] * w->precision[k];
    if (w->is_full) solve(w->d, w->factor + k * w->d * w->d, w->turned, 1);
    for (size_t i = 0; i < size; i++)
      w->out[i] += w->share[k * TILE + i % TILE] *
                   (w->part[i] * along[i % TILE] - w->turned[i]);
  }
  double variance = c->sigma * c->sigma;
  for (size_t i = 0; i < size; i++)
    w->out[i] = (w->v[i] + variance * w->out[i]) / c->alpha;
}

#endif
