/* SPDX-License-Identifier: MIT */
/* A score for kac: a model of the noised density q_t.  Say here what it is: the
 * formula, where it comes from, and one number that a reader can check by hand.
 *
 *   data N(mean, width^2) in every coordinate, so with c the schedule at t
 *   x_t ~ N(c.alpha mean, v),  v = (c.alpha width)^2 + c.sigma^2,
 *   score = grad log q_t = -(x - c.alpha mean) / v.
 *
 * Check: mean = 1, width = 1, alpha = 1, sigma = 1, x = 2: score -1/2,
 * log q = -log(4 pi)/2 - 1/4 = -1.5155121. */
#include <kac/sdk.h>

/* What the user may set.  The host fills this from the pipeline's text. */
struct config {
  double mean, width;
};

/* One row per key: struct, member, default, smallest, largest, unit, meaning.
 * Types, ranges, misspelt keys and `kac info` all come from here. */
static const kac_param params[] = {
    KAC_REAL(struct config, mean, 0, -1e9, 1e9, "", "mean of the data"),
    KAC_REAL(struct config, width, 1, 1e-9, 1e9, "",
             "standard deviation of the data"),
};

/* Called for a block of rows, on several threads at once: `self` is the filled
 * config and must not be written.  Fill what io->want asks for and nothing
 * else.  NaN and infinity are errors, which the host reports with the particle;
 * for other trouble return kac_fail_row(err, KAC_ENUMERIC, i, "..."). */
static kac_status eval(const void *self, const kac_block *block,
                       kac_score_io *io, kac_error *err) {
  const struct config *cfg = self;
  size_t d = block->space->n_real;
  kac_coeffs c = {.struct_size = sizeof c};
  kac_status status = block->host->coeffs(block, io->t, &c, err);
  if (status != KAC_OK) return status;
  double mean = c.alpha * cfg->mean;
  double v = c.alpha * cfg->width * c.alpha * cfg->width + c.sigma * c.sigma;
  double level = -0.5 * (double)d * log(6.283185307179586 * v);
  for (size_t i = 0; i < block->n; i++) {
    const double *x = kac_row(&io->x, i);
    double sum = 0;
    for (size_t j = 0; j < d; j++) {
      double delta = x[j] - mean;
      sum += delta * delta;
      if (io->want & KAC_Q_SCORE) io->score[i * io->ld + j] = -delta / v;
    }
    if (io->want & KAC_Q_LOGP) io->logp[i] = level - 0.5 * sum / v;
  }
  return KAC_OK;
}

/* Before a run, for what the host should know: here the rms radius of the data
 * per coordinate, which keeps the weights of powers small.  Leave it 0 where it
 * is not known; KAC_SCORE_PLUGIN(...) then replaces all that follows. */
static kac_status plan(const void *config, kac_plan *io, kac_error *err) {
  const struct config *cfg = config;
  (void)err;
  io->sigma_data = hypot(cfg->mean, cfg->width);
  return KAC_OK;
}

/* A network gives KAC_Q_EPS, KAC_Q_X0 or KAC_Q_VELOCITY instead of the score;
 * without KAC_Q_LOGP there are no weights = "density". */
static const kac_score_ops ops = {.struct_size = sizeof ops, .eval = eval};
static const kac_component component = {
    KAC_COMPONENT(KAC_SCORE, "my_plugin",
                  "Gaussian, the same in every direction", struct config,
                  params, kac_score_ops, ops),
    .provides = KAC_Q_SCORE | KAC_Q_LOGP, .plan = plan};
KAC_MODULE(component)
