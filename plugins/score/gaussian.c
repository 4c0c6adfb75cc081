/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A Gaussian with diagonal covariance, noised in closed form:
 *
 *   x_0 ~ N(m, diag V)  =>  x_t ~ N(alpha m, diag(alpha^2 V + sigma^2)).
 *
 * Check: m = 1/2, V = 2, alpha = 1, sigma = 0, x = 1: score = -1/4, log p =
 * -1.3280121 (= -log(4 pi)/2 - 1/16), divergence of the score = -1/2.
 *
 * In a mean-free state the law lives on the subspace without centre of mass:
 * the mean must be 0 and the variance one number. */
#include <kac/sdk.h>

struct config {
  kac_array mean, variance;
};
static const kac_param params[] = {
    KAC_ARRAY(struct config, mean, 0, "d?", "", "mean of the data; default 0"),
    {"variance", "",
     "variance of the data in each coordinate, not the standard deviation; "
     "default 1",
     KAC_T_ARRAY, 0, KAC_AT(struct config, variance, kac_array), 0, 0, 1e308,
     "d?"},
};

/* The law at one t, in scratch: d numbers each. */
struct law {
  double *mean, *precision, *gain; /* gain = d x0hat / d x */
  double level;                    /* log density at its mean */
};

static double mean_at(const struct config *cfg, size_t j) {
  return cfg->mean.n ? kac_at(&cfg->mean, j) : 0.0;
}

static double variance_at(const struct config *cfg, size_t j) {
  return cfg->variance.n ? kac_at(&cfg->variance, j) : 1.0;
}

static kac_status noised(const struct config *cfg, const kac_block *block,
                         double t, struct law *law, kac_coeffs *c,
                         kac_error *err) {
  size_t d = block->space->n_real;
  c->struct_size = sizeof *c;
  kac_status status = block->host->coeffs(block, t, c, err);
  if (status != KAC_OK) return status;
  law->mean = block->scratch;
  law->precision = law->mean + d;
  law->gain = law->precision + d;
  double log_det = 0;
  for (size_t j = 0; j < d; j++) {
    double data = variance_at(cfg, j);
    double v = c->alpha * c->alpha * data + c->sigma * c->sigma;
    if (!(v > 0))
      return kac_fail(err, KAC_ENUMERIC,
                      "variance %g of coordinate %zu at t = %g, expected above "
                      "0",
                      v, j, t);
    law->mean[j] = c->alpha * mean_at(cfg, j);
    law->precision[j] = 1.0 / v;
    law->gain[j] = c->alpha * data / v;
    log_det += log(v);
  }
  /* Mean free: one variance, of which n_dof directions count. */
  log_det *= block->space->n_dof / (double)d;
  law->level = -0.5 * (log_det + block->space->n_dof * 1.8378770664093454836);
  return KAC_OK;
}

static void eval_row(const struct law *law, const kac_coeffs *c,
                     const struct config *cfg, size_t d, size_t i,
                     kac_score_io *io) {
  const double *x = kac_row(&io->x, i);
  double sum = 0;
  for (size_t j = 0; j < d; j++) {
    double delta = law->mean[j] - x[j], score = delta * law->precision[j];
    sum += delta * score;
    if (io->want & KAC_Q_SCORE) io->score[i * io->ld + j] = score;
    if (io->want & KAC_Q_EPS) io->eps[i * io->ld + j] = -c->sigma * score;
    if (io->want & KAC_Q_X0)
      io->x0[i * io->ld + j] = mean_at(cfg, j) - law->gain[j] * delta;
    if (io->want & KAC_Q_VJP)
      io->vjp[i * io->ld + j] = law->gain[j] * io->v[i * io->ld + j];
  }
  if (io->want & KAC_Q_LOGP) io->logp[i] = law->level - 0.5 * sum;
}

static kac_status eval(const void *self, const kac_block *block,
                       kac_score_io *io, kac_error *err) {
  struct law law;
  kac_coeffs c = {0};
  size_t d = block->space->n_real;
  kac_status status = noised(self, block, io->t, &law, &c, err);
  if (status != KAC_OK) return status;
  double trace = 0;
  for (size_t j = 0; j < d; j++) trace += law.precision[j];
  trace *= block->space->n_dof / (double)d;
  for (size_t i = 0; i < block->n; i++) {
    eval_row(&law, &c, self, d, i, io);
    if (io->want & KAC_Q_DIV) io->div[i] = -trace;
  }
  return KAC_OK;
}

static kac_status sample(const void *self, const kac_block *block,
                         kac_sample_io *io, kac_error *err) {
  struct law law;
  kac_coeffs c = {0};
  size_t d = block->space->n_real;
  kac_status status = noised(self, block, io->t, &law, &c, err);
  if (status != KAC_OK) return status;
  block->host->normal(block, 0, io->x.real, io->x.ld, d);
  for (size_t i = 0; i < block->n; i++) {
    double *x = io->x.real + i * io->x.ld, sum = 0;
    for (size_t j = 0; j < d; j++) {
      sum += x[j] * x[j];
      x[j] = law.mean[j] + x[j] / sqrt(law.precision[j]);
    }
    if (io->logp) io->logp[i] = law.level - 0.5 * sum;
  }
  return KAC_OK;
}

static kac_status plan(const void *config, kac_plan *plan, kac_error *err) {
  const struct config *cfg = config;
  const kac_space *space = plan->space;
  double square = 0, shift = 0;
  for (size_t j = 0; j < space->n_real; j++) {
    shift += fabs(mean_at(cfg, j));
    square += mean_at(cfg, j) * mean_at(cfg, j) + variance_at(cfg, j);
  }
  if ((space->flags & KAC_MEAN_FREE) && (shift > 0 || cfg->variance.n > 1))
    return kac_fail(err, KAC_EINVAL,
                    "the state is mean free: expected mean 0 and one number "
                    "for variance");
  plan->scratch_bytes = 3 * space->n_real * sizeof(double);
  plan->sigma_data = sqrt(square / (double)space->n_real);
  return KAC_OK;
}

static const kac_score_ops ops = {
    .struct_size = sizeof ops, .eval = eval, .sample = sample};
static const kac_component component = {
    KAC_COMPONENT(KAC_SCORE, "gaussian", "Gaussian with diagonal covariance",
                  struct config, params, kac_score_ops, ops),
    .doc =
        "The exact noised density of N(mean, diag(variance)). A variance of "
        "0 is a point: it needs noise, sigma(t) > 0.",
    .provides = KAC_Q_SCORE | KAC_Q_X0 | KAC_Q_EPS | KAC_Q_LOGP | KAC_Q_DIV |
                KAC_Q_VJP | KAC_Q_SAMPLE,
    .plan = plan};
KAC_MODULE(component)
