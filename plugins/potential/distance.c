/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A harmonic restraint on the distance r between bodies i and j:
 *
 *   log phi = -stiffness/2 (r - distance)^2.
 *
 * Check: stiffness = 2, distance = 1, bodies at (0,0) and (3,4): phi = -16,
 * gradient at the first body (24/5, 32/5). */
#include "pair.h"

struct config {
  int64_t i, j;
  double distance, stiffness;
};
static const kac_param params[] = {
    PAIR_PARAMS(struct config),
    KAC_REAL(struct config, distance, 1, 0, 1e12, "length",
             "distance where phi is 1"),
    KAC_REAL(struct config, stiffness, 1, 0, 1e12, "1/length^2",
             "curvature of -log phi"),
};

static double phi(const void *self, double r, double *slope) {
  const struct config *cfg = self;
  double delta = r - cfg->distance;
  *slope = -cfg->stiffness * delta;
  return -0.5 * cfg->stiffness * delta * delta;
}

static kac_status eval(const void *self, const kac_block *block,
                       kac_potential_io *io, kac_error *err) {
  const struct config *cfg = self;
  (void)err;
  return pair_eval(self, block, cfg->i, cfg->j, io, phi);
}

static kac_status plan(const void *config, kac_plan *plan, kac_error *err) {
  const struct config *cfg = config;
  return pair_check(plan->space, cfg->i, cfg->j, err);
}

static const kac_potential_ops ops = {sizeof ops, 0, eval};
static const kac_component component = {
    KAC_COMPONENT(KAC_POTENTIAL, "distance",
                  "harmonic restraint on the distance of two bodies",
                  struct config, params, kac_potential_ops, ops),
    .provides = KAC_Q_PHI | KAC_Q_DPHI, .plan = plan};
KAC_MODULE(component)
