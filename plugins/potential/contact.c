/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps bodies i and j in contact: flat while they are near, harmonic beyond.
 *
 *   log phi = 0 for r < cutoff, else -stiffness/2 (r - cutoff)^2.
 *
 * Check: stiffness = 2, cutoff = 1, bodies at (0,0) and (3,4): phi = -16; at
 * (0,0) and (0.6,0): phi = 0. */
#include "pair.h"

struct config {
  int64_t i, j;
  double cutoff, stiffness;
};
static const kac_param params[] = {
    PAIR_PARAMS(struct config),
    KAC_REAL(struct config, cutoff, 1, 0, 1e12, "length",
             "distance up to which phi is 1"),
    KAC_REAL(struct config, stiffness, 1, 0, 1e12, "1/length^2",
             "curvature of -log phi beyond the cutoff"),
};

static double phi(const void *self, double r, double *slope) {
  const struct config *cfg = self;
  double beyond = r < cfg->cutoff ? 0 : r - cfg->cutoff;
  *slope = -cfg->stiffness * beyond;
  return -0.5 * cfg->stiffness * beyond * beyond;
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
    KAC_COMPONENT(KAC_POTENTIAL, "contact", "keeps two bodies within a cutoff",
                  struct config, params, kac_potential_ops, ops),
    .provides = KAC_Q_PHI | KAC_Q_DPHI, .plan = plan};
KAC_MODULE(component)
