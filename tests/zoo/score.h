/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The healthy score of the zoo: data N(0, width^2), which at t is N(0, v) with
 * v = alpha^2 width^2 + sigma^2, and all that follows from it.  To be spoiled
 * in one place by those who include this file. */
#ifndef KAC_ZOO_SCORE_H
#define KAC_ZOO_SCORE_H
#include <kac/sdk.h>

struct config {
  double width;
};
__attribute__((unused)) static const kac_param params[] = {
    KAC_REAL(struct config, width, 0.5, 0.1, 10, "", "width of the data")};

enum {
  ALL_FORMS = KAC_Q_SCORE | KAC_Q_X0 | KAC_Q_EPS | KAC_Q_VELOCITY | KAC_Q_LOGP |
              KAC_Q_DIV | KAC_Q_VJP
};

KAC_INLINE kac_status coeffs_at(const struct config *cfg,
                                const kac_block *block, double t, kac_coeffs *c,
                                double *variance, kac_error *err) {
  *c = (kac_coeffs){.struct_size = sizeof *c};
  kac_status status = block->host->coeffs(block, t, c, err);
  double spread = c->alpha * cfg->width;
  *variance = spread * spread + c->sigma * c->sigma;
  return status;
}

/* All forms of one row in one dimension are multiples of x. */
KAC_INLINE void fill_column(kac_score_io *io, const kac_coeffs *c, double data,
                            double v, size_t at, double x) {
  if (io->want & KAC_Q_SCORE) io->score[at] = -x / v;
  if (io->want & KAC_Q_X0) io->x0[at] = c->alpha * data * x / v;
  if (io->want & KAC_Q_EPS) io->eps[at] = c->sigma * x / v;
  if (io->want & KAC_Q_VELOCITY)
    io->velocity[at] = c->f * x + 0.5 * c->g2 * x / v;
  if (io->want & KAC_Q_VJP) io->vjp[at] = c->alpha * data / v * io->v[at];
}

KAC_INLINE kac_status healthy_eval(const void *self, const kac_block *block,
                                   kac_score_io *io, kac_error *err) {
  const struct config *cfg = self;
  size_t d = block->space->n_real;
  double v, data = cfg->width * cfg->width;
  kac_coeffs c;
  kac_status status = coeffs_at(cfg, block, io->t, &c, &v, err);
  for (size_t i = 0; status == KAC_OK && i < block->n; i++) {
    const double *x = kac_row(&io->x, i);
    double sum = 0;
    for (size_t j = 0; j < d; j++) {
      fill_column(io, &c, data, v, i * io->ld + j, x[j]);
      sum += x[j] * x[j];
    }
    if (io->want & KAC_Q_LOGP)
      io->logp[i] = -0.5 * (sum / v + (double)d * log(6.283185307179586 * v));
    if (io->want & KAC_Q_DIV) io->div[i] = -(double)d / v;
  }
  return status;
}

#define SCORE(EVAL, PLAN, CREATE, DESTROY)                                    \
  static const kac_score_ops ops = {.struct_size = sizeof ops, .eval = EVAL}; \
  static const kac_component component = {                                    \
      KAC_COMPONENT(KAC_SCORE, ANIMAL, "of the zoo", struct config, params,   \
                    kac_score_ops, ops),                                      \
      .provides = ALL_FORMS, .plan = PLAN, .create = CREATE,                  \
      .destroy = DESTROY};                                                    \
  KAC_MODULE(component)

#endif
