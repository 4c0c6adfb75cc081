/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bodies whose pair distances d have two wells (DW-4: four of them in the
 * plane):
 *
 *   E = factor/tau sum_{i<j} [a (d-d0) + b (d-d0)^2 + c (d-d0)^4],
 *   log p = -E/temperature.
 *
 * Koehler, Klein and Noe 2020, arXiv 2006.02425, write 1/(2 tau) and sum over
 * ordered pairs: the same as the default factor 1 over pairs i < j.
 * Check: defaults, two bodies at d = 4 + sqrt(20)/3: E = -40/9 = -4.444444.
 *
 * Where two bodies meet the gradient has no direction and is given as 0. */
#include "energy.h"

struct config {
  double a, b, c, d0, tau, factor, temperature;
};
static const kac_param params[] = {
    KAC_REAL(struct config, a, 0, -1e6, 1e6, "energy/length", "linear term"),
    KAC_REAL(struct config, b, -4, -1e6, 1e6, "energy/length^2",
             "quadratic term"),
    KAC_REAL(struct config, c, 0.9, 0, 1e6, "energy/length^4", "quartic term"),
    KAC_REAL(struct config, d0, 4, 0, 1e6, "length",
             "distance between the two wells"),
    KAC_REAL(struct config, tau, 1, 1e-9, 1e9, "", "divides the energy"),
    KAC_REAL(struct config, factor, 1, 0, 1e6, "", "how often a pair counts"),
    KAC_REAL(struct config, temperature, 1, 1e-9, 1e9, "energy",
             "divides the energy"),
};

KAC_CLONES static void pair(const void *self, size_t dim, const double *a,
                            const double *b, double *restrict energy,
                            double *ga, double *gb) {
  const struct config *cfg = self;
  double scale = cfg->factor / cfg->tau, r2[TILE], slope[TILE];
  pair_r2(dim, a, b, r2);
  for (size_t l = 0; l < TILE; l++) {
    /* The tiny number keeps 0/0 out when bodies meet. */
    double distance = sqrt(r2[l] + 1e-300), y = distance - cfg->d0, yy = y * y;
    energy[l] += scale * (y * (cfg->a + y * (cfg->b + cfg->c * yy)));
    slope[l] =
        scale * (cfg->a + y * (2.0 * cfg->b + 4.0 * cfg->c * yy)) / distance;
  }
  pair_gradient(dim, a, b, slope, ga, gb);
}

static void energy(const void *self, const kac_space *space, const double *x,
                   double *value, double *gradient) {
  energy_pairs(self, space, x, value, gradient, pair);
}

static kac_status eval(const void *self, const kac_block *block,
                       kac_score_io *io, kac_error *err) {
  const struct config *cfg = self;
  (void)err;
  return energy_eval(self, block, io, cfg->temperature, energy);
}

static kac_status plan(const void *config, kac_plan *plan, kac_error *err) {
  (void)config;
  plan->scratch_bytes = energy_scratch(plan->space);
  return energy_needs_bodies(plan->space, err);
}

static const kac_score_ops ops = {.struct_size = sizeof ops, .eval = eval};
static const char *const cites[] = {
    "Koehler, Klein, Noe 2020, Equivariant flows, arXiv 2006.02425", NULL};
static const kac_component component = {
    KAC_COMPONENT(KAC_SCORE, "double_well", "double-well pair distances (DW-4)",
                  struct config, params, kac_score_ops, ops),
    .doc =
        "log p = -E/temperature, not normalised, t is ignored. The energy "
        "does not see the centre of mass: use mean_free = true.",
    .cites = cites, .provides = KAC_Q_SCORE | KAC_Q_LOGP, .plan = plan};
KAC_MODULE(component)
