/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Mueller-Brown surface in the plane, a sum of four exponentials:
 *
 *   E = sum_k A_k exp(a_k X^2 + b_k X Y + c_k Y^2),  X = x - x_k, Y = y - y_k,
 *   log p = -E/temperature.
 *
 * Reference: Mueller and Brown 1979, Theoretica Chimica Acta 53, 75.
 * Check: lowest minimum E = -146.6995 at (-0.558224, 1.441726).
 *
 * The fourth term grows without bound; exponents are cut at 300 (some 25 units
 * away, E = 10^131), so that far points stay finite and impossible. */
#include "energy.h"

struct config {
  double temperature;
};
static const kac_param params[] = {
    KAC_REAL(struct config, temperature, 1, 1e-9, 1e9, "energy",
             "divides the energy; the deep wells are some 100 apart from the "
             "saddle, so 10 to 25 lets a chain cross"),
};

static const struct term {
  double height, a, b, c, x, y;
} terms[4] = {{-200, -1, 0, -10, 1, 0},
              {-100, -1, 0, -10, 0, 0.5},
              {-170, -6.5, 11, -6.5, -0.5, 1.5},
              {15, 0.7, 0.6, 0.7, -1, 1}};

KAC_CLONES static void add_term(const struct term *term,
                                const double *restrict x,
                                double *restrict value,
                                double *restrict gradient) {
  for (size_t l = 0; l < TILE; l++) {
    double dx = x[l] - term->x, dy = x[TILE + l] - term->y;
    double exponent = dx * (term->a * dx + term->b * dy) + dy * (term->c * dy);
    exponent = exponent > 300.0 ? 300.0 : exponent;
    double e = term->height * kac_exp(exponent);
    value[l] += e;
    gradient[l] += e * (2.0 * term->a * dx + term->b * dy);
    gradient[TILE + l] += e * (term->b * dx + 2.0 * term->c * dy);
  }
}

static void energy(const void *self, const kac_space *space, const double *x,
                   double *value, double *gradient) {
  (void)self, (void)space;
  for (size_t k = 0; k < 4; k++) add_term(&terms[k], x, value, gradient);
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
  if (plan->space->n_real != 2)
    return kac_fail(err, KAC_EINVAL,
                    "the state has %zu real numbers, expected 2: the surface "
                    "is one of the plane",
                    plan->space->n_real);
  return KAC_OK;
}

static const kac_score_ops ops = {.struct_size = sizeof ops, .eval = eval};
static const char *const cites[] = {
    "Mueller, Brown 1979, Theoretica Chimica Acta 53, 75", NULL};
static const kac_component component = {
    KAC_COMPONENT(KAC_SCORE, "mueller_brown", "Mueller-Brown surface",
                  struct config, params, kac_score_ops, ops),
    .doc = "log p = -E/temperature, not normalised, t is ignored.",
    .cites = cites, .provides = KAC_Q_SCORE | KAC_Q_LOGP, .plan = plan};
KAC_MODULE(component)
