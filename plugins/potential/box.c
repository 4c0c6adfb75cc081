/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A box lower_i <= x_i <= upper_i.
 *
 * wall = 0: hard, log phi is 0 inside (edges included) and -inf outside, with
 * gradient 0: a verdict that cannot guide.
 * wall > 0: soft, log phi = -wall/2 sum_i (distance outside of side i)^2.
 * Check: lower = -1, upper = 1, x = (0, 3): wall = 0 gives -inf, wall = 5 gives
 * -10 and gradient (0, -10). */
#include <kac/sdk.h>

struct config {
  kac_array lower, upper;
  double wall;
};
static const kac_param params[] = {
    KAC_ARRAY(struct config, lower, 0, "d?", "length",
              "lower sides; default none"),
    KAC_ARRAY(struct config, upper, 0, "d?", "length",
              "upper sides; default none"),
    KAC_REAL(struct config, wall, 0, 0, 1e12, "1/length^2",
             "stiffness of the walls; 0: hard walls"),
};

static double lower_at(const struct config *cfg, size_t j) {
  return cfg->lower.n ? kac_at(&cfg->lower, j) : -KAC_INF;
}

static double upper_at(const struct config *cfg, size_t j) {
  return cfg->upper.n ? kac_at(&cfg->upper, j) : KAC_INF;
}

/* Signed distance outside of the box.  x - x keeps a NaN, which is not inside
 * anything and must reach the host. */
static double outside(const struct config *cfg, size_t j, double x) {
  if (x < lower_at(cfg, j)) return x - lower_at(cfg, j);
  if (x > upper_at(cfg, j)) return x - upper_at(cfg, j);
  return x - x;
}

static kac_status eval(const void *self, const kac_block *block,
                       kac_potential_io *io, kac_error *err) {
  const struct config *cfg = self;
  size_t d = block->space->n_real;
  (void)err;
  for (size_t i = 0; i < block->n; i++) {
    const double *x = kac_row(&io->x, i);
    double sum = 0;
    for (size_t j = 0; j < d; j++) {
      double delta = outside(cfg, j, x[j]);
      sum += cfg->wall > 0 ? cfg->wall * delta * delta : fabs(delta);
      if (io->want & KAC_Q_DPHI) io->dphi[i * io->ld + j] = -cfg->wall * delta;
    }
    if (!(io->want & KAC_Q_PHI)) continue;
    io->phi[i] = cfg->wall > 0 ? -0.5 * sum : sum > 0 ? -KAC_INF : sum;
  }
  return KAC_OK;
}

static kac_status plan(const void *config, kac_plan *plan, kac_error *err) {
  const struct config *cfg = config;
  for (size_t j = 0; j < plan->space->n_real; j++)
    if (!(lower_at(cfg, j) < upper_at(cfg, j)))
      return kac_fail(err, KAC_EINVAL,
                      "lower %g of coordinate %zu is not below upper %g",
                      lower_at(cfg, j), j, upper_at(cfg, j));
  return KAC_OK;
}

static const kac_potential_ops ops = {sizeof ops, 0, eval};
static const kac_component component = {
    KAC_COMPONENT(KAC_POTENTIAL, "box", "box with hard or soft walls",
                  struct config, params, kac_potential_ops, ops),
    .doc =
        "Hard walls (wall = 0) answer 0 or -inf and have gradient 0; soft "
        "walls grow quadratically outside.",
    .provides = KAC_Q_PHI | KAC_Q_DPHI, .plan = plan};
KAC_MODULE(component)
