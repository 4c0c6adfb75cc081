/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A score of ABI 1.0: N(0, variance) per coordinate, with all that it can give.
 * Written once, for headers of every version. */
#include <kac/sdk.h>

struct config {
  double variance;
};
static const kac_param params[] = {
    KAC_REAL(struct config, variance, 1, 0, 1e6, "x^2", "of the data")};

static void fill(const kac_block *block, kac_score_io *io, const kac_coeffs *c,
                 double v) {
  size_t d = block->space->n_real;
  for (size_t i = 0; i < block->n; i++) {
    const double *x = kac_row(&io->x, i);
    double r2 = 0;
    for (size_t j = 0; j < d; j++) {
      size_t at = i * io->ld + j;
      r2 += x[j] * x[j];
      if (io->want & KAC_Q_SCORE) io->score[at] = -x[j] / v;
      if (io->want & KAC_Q_X0)
        io->x0[at] = (x[j] - c->sigma * c->sigma * x[j] / v) / c->alpha;
      if (io->want & KAC_Q_VJP)
        io->vjp[at] = io->v[at] * (1 - c->sigma * c->sigma / v) / c->alpha;
    }
    if (io->want & KAC_Q_LOGP)
      io->logp[i] =
          -0.5 * r2 / v - 0.5 * (double)d * log(6.283185307179586 * v);
    if (io->want & KAC_Q_DIV) io->div[i] = -(double)d / v;
  }
}

static kac_status noised(const struct config *cfg, const kac_block *block,
                         double t, kac_coeffs *c, double *v, kac_error *err) {
  kac_status status = block->host->coeffs(block, t, c, err);
  *v = c->alpha * c->alpha * cfg->variance + c->sigma * c->sigma;
  return status;
}

static kac_status eval(const void *self, const kac_block *block,
                       kac_score_io *io, kac_error *err) {
  kac_coeffs c = {.struct_size = sizeof c};
  double v = 1;
  kac_status status = noised(self, block, io->t, &c, &v, err);
  if (status == KAC_OK) fill(block, io, &c, v);
  return status;
}

static kac_status sample(const void *self, const kac_block *block,
                         kac_sample_io *io, kac_error *err) {
  kac_coeffs c = {.struct_size = sizeof c};
  size_t d = block->space->n_real;
  double v = 1;
  kac_status status = noised(self, block, io->t, &c, &v, err);
  if (status != KAC_OK) return status;
  block->host->normal(block, 0, io->x.real, io->x.ld, d);
  for (size_t i = 0; i < block->n; i++) {
    double r2 = 0;
    for (size_t j = 0; j < d; j++) {
      double z = io->x.real[i * io->x.ld + j];
      io->x.real[i * io->x.ld + j] = sqrt(v) * z;
      r2 += z * z;
    }
    if (io->logp)
      io->logp[i] = -0.5 * r2 - 0.5 * (double)d * log(6.283185307179586 * v);
  }
  return KAC_OK;
}

static kac_status plan(const void *config, kac_plan *plan, kac_error *err) {
  const struct config *cfg = config;
  if (cfg->variance <= 0)
    return kac_fail(err, KAC_EINVAL, "variance is %g, expected more than 0",
                    cfg->variance);
  plan->sigma_data = sqrt(cfg->variance);
  return KAC_OK;
}

static const kac_score_ops ops = {
    .struct_size = sizeof ops, .eval = eval, .sample = sample};
static const kac_component component = {
    KAC_COMPONENT(KAC_SCORE, "abi_score", "a normal", struct config, params,
                  kac_score_ops, ops),
    .provides = KAC_Q_SCORE | KAC_Q_X0 | KAC_Q_LOGP | KAC_Q_DIV | KAC_Q_VJP |
                KAC_Q_SAMPLE,
    .plan = plan};
KAC_MODULE(component)
