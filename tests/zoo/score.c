/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The zoo: a good model of data N(0, 1/4) that offers everything, which
 * -DANIMAL turns into one that breaks the law named in tests/zoo.tsv. */
#include <kac/sdk.h>

struct config {
  double width;
};
static const kac_param params[] = {
    KAC_REAL(struct config, width, 0.5, 0.01, 10, "", "of the data")};

static kac_status eval(const void *self, const kac_block *block,
                       kac_score_io *io, kac_error *err) {
  double w = ((const struct config *)self)->width;
  size_t d = block->space->n_real;
  kac_coeffs c = {.struct_size = sizeof c};
  kac_status status = block->host->coeffs(block, io->t, &c, err);
  if (status != KAC_OK) return status;
  double v = c.alpha * c.alpha * w * w + c.sigma * c.sigma;
  double slope = -1 / v, x0_gain = c.alpha * w * w / v;
  double div = -(double)d / v, vjp_gain = x0_gain, eps_gain = c.sigma / v;
  double velocity = c.f + 0.5 * c.g2 / v, log_slope = slope;
#ifdef SCORE_SIGN
  log_slope = 1 / v;
#elif defined SCORE_OF_DATA
  log_slope = -1 / (w * w);
#elif defined DIV_OF_ONE
  div = -1 / v;
#elif defined DIV_SIGN
  div = -div;
#elif defined VJP_OF_SCORE
  vjp_gain = slope;
#elif defined X0_WITHOUT_ALPHA
  x0_gain *= c.alpha;
#elif defined EPS_SIGN
  eps_gain = -eps_gain;
#elif defined VELOCITY_OF_SDE
  velocity = c.f + c.g2 / v;
#endif
  for (size_t i = 0; i < block->n; i++) {
    const double *x = kac_row(&io->x, i);
    double square = 0;
    for (size_t k = 0; k < d; k++) {
      size_t at = i * io->ld + k;
      square += x[k] * x[k];
      if (io->want & KAC_Q_SCORE) io->score[at] = slope * x[k];
      if (io->want & KAC_Q_X0) io->x0[at] = x0_gain * x[k];
      if (io->want & KAC_Q_EPS) io->eps[at] = eps_gain * x[k];
      if (io->want & KAC_Q_VELOCITY) io->velocity[at] = velocity * x[k];
      if (io->want & KAC_Q_VJP) io->vjp[at] = vjp_gain * io->v[at];
    }
    if (io->want & KAC_Q_LOGP)
      io->logp[i] = 0.5 * log_slope * square - 0.5 * (double)d * log(v);
    if (io->want & KAC_Q_DIV) io->div[i] = div;
  }
  return KAC_OK;
}

KAC_SCORE_PLUGIN("animal", "of the zoo", struct config, params,
                 KAC_Q_SCORE | KAC_Q_X0 | KAC_Q_EPS | KAC_Q_VELOCITY |
                     KAC_Q_LOGP | KAC_Q_DIV | KAC_Q_VJP,
                 eval)
