/* SPDX-License-Identifier: MIT */
/* Restrains the distance r of two bodies to [lower, upper]: flat inside,
 * harmonic outside.
 *
 *   log phi = -stiffness/2 gap^2,  gap = how far r lies outside of it
 *
 * In a periodic box r is the distance to the nearest image.
 *
 * Check: lower = 1, upper = 2, stiffness = 2, bodies at (0,0) and (3,4): -9;
 * in a box with edges 6 and 6, where r = sqrt(13): -(sqrt(13) - 2)^2. */
#include <kac/sdk.h>

struct config {
  int64_t i, j;
  double lower, upper, stiffness;
  kac_array box;
};
static const kac_param params[] = {
    KAC_INT(struct config, i, 0, 0, 1e9, "", "first body, counted from 0"),
    KAC_INT(struct config, j, 1, 0, 1e9, "", "second body, counted from 0"),
    KAC_REAL(struct config, lower, 0, 0, 1e12, "length", "least distance"),
    KAC_REAL(struct config, upper, 1, 0, 1e12, "length", "largest distance"),
    KAC_REAL(struct config, stiffness, 1, 0, 1e12, "1/length^2",
             "curvature of -log phi outside"),
    {"box", "length", "edges of the periodic box; none if not given",
     KAC_T_ARRAY, KAC_P_OPEN_MIN, KAC_AT(struct config, box, kac_array), 0, 0,
     1e12, "dim"},
};

/* The shortest way between two points that are `delta` apart on an axis. */
static double nearest(const kac_array *box, size_t axis, double delta) {
  if (box->n == 0) return delta;
  double edge = box->data[axis];
  return delta - edge * nearbyint(delta / edge);
}

static double gap(const struct config *cfg, double r) {
  if (r > cfg->upper) return r - cfg->upper;
  return r < cfg->lower ? r - cfg->lower : 0;
}

/* Each body is pulled along the line between them; where they meet the line
 * has no direction, and the pull is 0. */
static void pull(const struct config *cfg, size_t dim, const double *x,
                 double slope_over_r, double *gradient) {
  size_t a = (size_t)cfg->i * dim, b = (size_t)cfg->j * dim;
  for (size_t k = 0; k < dim; k++) {
    gradient[a + k] = slope_over_r * nearest(&cfg->box, k, x[a + k] - x[b + k]);
    gradient[b + k] = -gradient[a + k];
  }
}

static kac_status eval(const void *self, const kac_block *block,
                       kac_potential_io *io, kac_error *err) {
  const struct config *cfg = self;
  size_t dim = block->space->n_dim, d = block->space->n_real;
  size_t a = (size_t)cfg->i * dim, b = (size_t)cfg->j * dim;
  (void)err;
  for (size_t i = 0; i < block->n; i++) {
    const double *x = kac_row(&io->x, i);
    double square = 0;
    for (size_t k = 0; k < dim; k++) {
      double delta = nearest(&cfg->box, k, x[a + k] - x[b + k]);
      square += delta * delta;
    }
    double r = sqrt(square), outside = gap(cfg, r);
    if (io->want & KAC_Q_PHI)
      io->phi[i] = -0.5 * cfg->stiffness * outside * outside;
    if (!(io->want & KAC_Q_DPHI)) continue;
    double *gradient = io->dphi + i * io->ld;
    memset(gradient, 0, d * sizeof *gradient);
    if (r > 0) pull(cfg, dim, x, -cfg->stiffness * outside / r, gradient);
  }
  return KAC_OK;
}

/* What the table cannot say: rules between parameters, and with the state.
 * `kac check` runs this, so a mistake costs no computing time. */
static kac_status plan(const void *config, kac_plan *io, kac_error *err) {
  const struct config *cfg = config;
  int64_t last = cfg->i > cfg->j ? cfg->i : cfg->j;
  if (cfg->i == cfg->j)
    return kac_fail(err, KAC_EINVAL, "i and j are both body %lld",
                    (long long)cfg->i);
  if ((size_t)last >= io->space->n_bodies)
    return kac_fail(err, KAC_EINVAL,
                    "there is no body %lld: the state has %zu, counted from 0",
                    (long long)last, io->space->n_bodies);
  if (cfg->lower > cfg->upper)
    return kac_fail(err, KAC_EINVAL, "lower = %g is above upper = %g",
                    cfg->lower, cfg->upper);
  if (cfg->box.n > 0 && cfg->box.n != io->space->n_dim)
    return kac_fail(err, KAC_EINVAL, "box has %zu edges, the state %zu axes",
                    cfg->box.n, io->space->n_dim);
  return KAC_OK;
}

static const kac_potential_ops ops = {sizeof ops, 0, eval};
static const kac_component component = {
    KAC_COMPONENT(KAC_POTENTIAL, "distance",
                  "restrains the distance of two bodies to an interval",
                  struct config, params, kac_potential_ops, ops),
    .provides = KAC_Q_PHI | KAC_Q_DPHI, .plan = plan};
KAC_MODULE(component)
