/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A Lennard-Jones cluster in a harmonic trap about its own centre of mass:
 *
 *   E = factor epsilon sum_{i<j} [(rm/r)^12 - 2 (rm/r)^6]
 *       + trap/2 sum_i |x_i - com|^2,   log p = -E/temperature.
 *
 * The default factor 2 counts every pair twice, as the LJ-13 and LJ-55
 * benchmarks do: Koehler, Klein and Noe 2020, arXiv 2006.02425.
 * Check: factor = 1, trap = 0: two bodies at r = rm have E = -1, the
 * icosahedron of 13 bodies at its best size E = -44.326801 (Cambridge Cluster
 * Database).
 *
 * r is taken as at least rm/10^4, where a pair has E = 10^48: bodies on top of
 * each other give a huge finite energy, never NaN. */
#include "energy.h"

struct config {
  double epsilon, rm, factor, trap, temperature;
};
static const kac_param params[] = {
    KAC_REAL(struct config, epsilon, 1, 0, 1e6, "energy", "depth of a pair"),
    KAC_REAL(struct config, rm, 1, 1e-6, 1e6, "length", "distance of the well"),
    KAC_REAL(struct config, factor, 2, 0, 1e6, "",
             "how often a pair counts: 2 in the LJ-13 benchmark, 1 in "
             "chemistry"),
    KAC_REAL(struct config, trap, 1, 0, 1e6, "energy/length^2",
             "stiffness of the trap about the centre of mass"),
    KAC_REAL(struct config, temperature, 1, 1e-9, 1e9, "energy",
             "divides the energy"),
};

KAC_CLONES static void pair(const void *self, size_t dim, const double *a,
                            const double *b, double *restrict energy,
                            double *ga, double *gb) {
  const struct config *cfg = self;
  double depth = cfg->factor * cfg->epsilon, rm2 = cfg->rm * cfg->rm;
  double r2[TILE], slope[TILE];
  pair_r2(dim, a, b, r2);
  for (size_t l = 0; l < TILE; l++) {
    double square = r2[l] < 1e-8 * rm2 ? 1e-8 * rm2 : r2[l];
    double inverse = rm2 / square, six = inverse * inverse * inverse;
    energy[l] += depth * (six * (six - 2.0));
    slope[l] = -12.0 * depth * (six * (six - 1.0)) / square;
  }
  pair_gradient(dim, a, b, slope, ga, gb);
}

/* Coordinate c of all bodies; the centre of mass moves with the bodies, but
 * that part of the derivative sums to zero. */
KAC_CLONES static void add_trap(double trap, size_t n_bodies, size_t stride,
                                const double *restrict x,
                                double *restrict energy,
                                double *restrict gradient) {
  double centre[TILE] = {0};
  for (size_t i = 0; i < n_bodies; i++)
    for (size_t l = 0; l < TILE; l++) centre[l] += x[i * stride + l];
  for (size_t l = 0; l < TILE; l++) centre[l] /= (double)n_bodies;
  for (size_t i = 0; i < n_bodies; i++)
    for (size_t l = 0; l < TILE; l++) {
      double delta = x[i * stride + l] - centre[l];
      energy[l] += 0.5 * trap * (delta * delta);
      gradient[i * stride + l] += trap * delta;
    }
}

static void energy(const void *self, const kac_space *space, const double *x,
                   double *value, double *gradient) {
  const struct config *cfg = self;
  size_t stride = space->n_dim * TILE;
  energy_pairs(self, space, x, value, gradient, pair);
  for (size_t c = 0; c < space->n_dim; c++)
    add_trap(cfg->trap, space->n_bodies, stride, x + c * TILE, value,
             gradient + c * TILE);
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
    KAC_COMPONENT(KAC_SCORE, "lennard_jones", "trapped Lennard-Jones cluster",
                  struct config, params, kac_score_ops, ops),
    .doc =
        "log p = -E/temperature, not normalised, t is ignored. The energy "
        "does not see the centre of mass: use mean_free = true. Distances "
        "below rm/10000 count as that.",
    .cites = cites, .provides = KAC_Q_SCORE | KAC_Q_LOGP, .plan = plan};
KAC_MODULE(component)
