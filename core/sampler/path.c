/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Composition of score models and potentials.  With P = sum p_i s_i, b_i =
 * -f x + (g2/2) s_i and the frame kappa (docs/methods.md section 3):
 *   b = -(sum p) f x + (g2/2) P + (1 - sum p) kappa x,   S = P + grad h,
 *   G = (1 - sum p) [(f + kappa) x.P + kappa d]
 *       + (g2/2) (|P|^2 - sum p_i |s_i|^2) + grad h . b + dh/du,
 * the same G as there with b put in; explicit time dependence of powers and
 * strengths is left to path_explicit.  h is a sum, so that what G has of it
 * is one too: potential j adds lambda_j (grad phi_j . b + dphi_j/du). */
#include "sampler/path.h"

#include <kac/sdk.h>

#include "plugin/crash.h"
#include "sampler/compose.h"
#include "sampler/convert.h"
#include "sampler/group.h"

enum { FUSED_MIN = 8 }; /* columns from which one pass over rows pays */

/* Work space of one evaluation, n rows of the block. */
struct work {
  const double *x;           /* n by d, dense */
  double *p, *h, *value, *b; /* n by d, dense */
  double *dense;             /* for x, if it comes otherwise */
  double *sum_ps2, *phi, *dphi_dt, *logq, *logpi, *part;
  double *rate;                        /* what all potentials add to G */
  double *square, *p_square, *x_dot_p; /* of the last term: compose_last */
  bool is_fused;                       /* it is added with b */
  double *grouped; /* per value_slot: n by d values, n log q */
};

size_t path_scratch(const struct spec *spec, size_t n) {
  return n * (5 * spec->space.n_real + 10) +
         group_most(spec) * n * (spec->space.n_real + 1);
}

static struct work work_space(const struct site *site) {
  size_t n = site->n, d = site->worker->spec->space.n_real;
  double *at = site->worker->field_scratch;
  struct work w = {.is_fused = false};
  double **const matrices[] = {&w.dense, &w.p, &w.h, &w.value, &w.b};
  double **const vectors[] = {&w.sum_ps2,  &w.phi,    &w.dphi_dt, &w.logq,
                              &w.logpi,    &w.part,   &w.rate,    &w.square,
                              &w.p_square, &w.x_dot_p};
  for (size_t k = 0; k < sizeof matrices / sizeof *matrices; k++, at += n * d)
    *matrices[k] = at;
  for (size_t k = 0; k < sizeof vectors / sizeof *vectors; k++, at += n)
    *vectors[k] = at;
  w.grouped = at;
  return w;
}

/* Where the values of term i are put, and its log q. */
static double *value_of(const struct site *site, const struct work *w, size_t i,
                        double **logq) {
  size_t n = site->n, d = site->worker->spec->space.n_real;
  const struct path *path = site->worker->path;
  int slot = path->value_slot[i];
  bool is_only = w->is_fused && path->spec->n_terms == 1;
  double *value = is_only    ? w->p
                  : slot < 0 ? w->value
                             : w->grouped + (size_t)slot * n * (d + 1);
  *logq = slot < 0 ? w->logq : value + n * d;
  return value;
}

static void keep_slot(const kac_field_io *io, int slot, const double *values,
                      size_t n) {
  if (slot < 0 || !io->terms) return;
  for (size_t i = 0; i < n; i++)
    io->terms[i * io->n_terms + (size_t)slot] = values[i];
}

/* logpi += p * value, with 0 * -inf = 0: a factor that is not there. */
static void add_log(double *logpi, double p, const double *value, size_t n) {
  if (p == 0) return;
  for (size_t i = 0; i < n; i++) logpi[i] += p * value[i];
}

/* Gradients of a mean-free state have no part along the centre of mass. */
static void project(const struct site *site, double *rows) {
  const kac_space *space = &site->worker->spec->space;
  if (space->flags & KAC_MEAN_FREE)
    call_project(space, site->n, rows, space->n_real);
}

static bool wants_logq(const struct site *site, const kac_field_io *io,
                       size_t i) {
  return (io->want & KAC_Q_LOGPI) ||
         (site->worker->path->slot_of_term[i] >= 0 && io->terms);
}

static kac_score_io ask_of(const struct site *site, const kac_field_io *io,
                           size_t i, const struct work *w) {
  const struct spec *spec = site->worker->spec;
  uint64_t form = convert_choice(instance_provides(spec->terms[i].score));
  kac_score_io ask = {.struct_size = sizeof ask,
                      .want = form | (wants_logq(site, io, i) ? KAC_Q_LOGP : 0),
                      .t = io->t,
                      .x = io->x,
                      .ld = spec->space.n_real};
  double *value = value_of(site, w, i, &ask.logp);
  ask.score = form == KAC_Q_SCORE ? value : NULL;
  ask.x0 = form == KAC_Q_X0 ? value : NULL;
  ask.eps = form == KAC_Q_EPS ? value : NULL;
  ask.velocity = form == KAC_Q_VELOCITY ? value : NULL;
  return ask;
}

/* The values of term i, with those of its group if it is the first there. */
static bool evaluate(const struct site *site, const kac_field_io *io, size_t i,
                     const struct work *w) {
  const struct path *path = site->worker->path;
  kac_score_io asks[PATH_MAX_TERMS];
  if (path->leader[i] != i) return true;
  for (size_t j = i; j < path->spec->n_terms; j++)
    if (path->leader[j] == i) asks[j] = ask_of(site, io, j, w);
  return group_eval(site, i, asks);
}

static bool add_term(const struct site *site, const kac_field_io *io,
                     const struct path_point *at, size_t i, struct work *w) {
  const struct path *path = site->worker->path;
  const struct spec_term *term = &path->spec->terms[i];
  size_t n = site->n, d = path->spec->space.n_real;
  double p = at->power[i], *logq, *value = value_of(site, w, i, &logq);
  uint64_t form = convert_choice(instance_provides(term->score));
  if (!evaluate(site, io, i, w)) return false;
  if (!convert_to_score(form, &at->c, io->x.real, io->x.ld, n, d, value))
    return call_undefined(site, term->score, io->t);
  project(site, value);
  if (!w->is_fused || i + 1 < path->spec->n_terms) {
    if (i == 0)
      compose_scale(w->p, value, p, n * d);
    else
      compose_add(w->p, value, p, n * d);
    compose_dot(w->sum_ps2, value, value, p, n, d);
  }
  if (wants_logq(site, io, i)) {
    add_log(w->logpi, p, logq, n);
    keep_slot(io, path->slot_of_term[i], logq, n);
  }
  return true;
}

static bool is_zero(const double *row, size_t d) {
  size_t k = 0;
  while (k < d && !(row[k] < 0 || row[k] > 0)) k++;
  return k == d;
}

void path_count(const struct site *site, size_t j, double lambda,
                const double *phi, const double *gradient) {
  struct activity *activity = &site->worker->activity[j];
  size_t d = site->worker->spec->space.n_real;
  activity->n_looked += site->n;
  for (size_t i = 0; lambda != 0 && i < site->n; i++) {
    bool acts = (phi && !is_zero(phi + i, 1)) ||
                (gradient && !is_zero(gradient + i * d, d));
    activity->n_acted += acts;
  }
}

/* What potential j adds to G, from its gradient in w->value. */
static void add_part(const struct site *site, const kac_field_io *io,
                     const kac_potential_io *ask, size_t j, double lambda,
                     struct work *w) {
  size_t n = site->n, d = site->worker->spec->space.n_real;
  memset(w->part, 0, n * sizeof *w->part);
  compose_dot(w->part, w->value, w->b, lambda, n, d);
  if (ask->want & KAC_Q_DPHI_DT) /* d/du = -d/dt */
    compose_add(w->part, w->dphi_dt, -lambda, n);
  for (size_t i = 0; i < n && lambda > 0; i++) /* no target there */
    if (w->phi[i] == -KAC_INF) w->part[i] = -KAC_INF;
  compose_add(w->rate, w->part, 1, n);
  keep_slot(io, site->worker->path->slot_of_part[j], w->part, n);
}

static bool add_potential(const struct site *site, const kac_field_io *io,
                          const struct path_point *at, size_t j,
                          struct work *w) {
  const struct path *path = site->worker->path;
  const struct spec_potential *potential = &path->spec->potentials[j];
  size_t n = site->n, d = path->spec->space.n_real;
  double lambda = at->strength[j];
  bool is_rate = potential->mode == MODE_RATE;
  uint64_t provides = instance_provides(potential->instance);
  kac_potential_io ask = {.struct_size = sizeof ask,
                          .flags = site->pstate ? 0 : KAC_TRIAL,
                          .want = KAC_Q_PHI | (is_rate ? KAC_Q_DPHI : 0) |
                                  (is_rate ? provides & KAC_Q_DPHI_DT : 0),
                          .t = io->t,
                          .x = io->x,
                          .phi = w->phi,
                          .dphi = w->value,
                          .ld = d,
                          .dphi_dt = w->dphi_dt};
  if (!is_rate && potential->mode != MODE_INTEGRAL) return true;
  if (!call_potential(site, potential->instance, &ask) ||
      !call_strength(site, potential->instance, lambda, w->phi))
    return false;
  keep_slot(io, path->slot_of_potential[j], w->phi, n);
  path_count(site, j, lambda, w->phi, is_rate ? w->value : NULL);
  if (!is_rate) return true;
  project(site, w->value);
  compose_add(w->h, w->value, lambda, n * d);
  if (io->want & KAC_Q_LOGPI) add_log(w->logpi, lambda, w->phi, n);
  if (io->want & KAC_Q_G) add_part(site, io, &ask, j, lambda, w);
  return true;
}

/* The last term and, in the same pass, b and the squares that G needs. */
static void add_last(const struct site *site, const struct path_point *at,
                     double to_x, struct work *w) {
  const struct spec *spec = site->worker->spec;
  size_t n = site->n, i = spec->n_terms - 1;
  double *unused;
  const double *value = value_of(site, w, i, &unused);
  const struct compose_last last = {.sum = w->p,
                                    .score = value == w->p ? NULL : value,
                                    .power = at->power[i],
                                    .x = w->x,
                                    .to_x = to_x,
                                    .to_sum = 0.5 * at->c.g2,
                                    .b = w->b,
                                    .square = w->square,
                                    .sum_square = w->p_square,
                                    .x_dot_sum = w->x_dot_p};
  compose_last(&last, n, spec->space.n_real);
  compose_add(w->sum_ps2, w->square, at->power[i], n);
}

/* b = to_x x + (g2/2) P */
static void add_drift(const struct site *site, const struct path_point *at,
                      bool is_wanted, struct work *w) {
  double to_x = -at->sum_p * at->c.f + (1 - at->sum_p) * at->kappa;
  size_t k = site->n * site->worker->spec->space.n_real;
  if (w->is_fused)
    add_last(site, at, to_x, w);
  else if (is_wanted)
    compose_mix(w->b, to_x, w->x, 0.5 * at->c.g2, w->p, k);
}

static void add_rate(const struct site *site, const struct path_point *at,
                     bool has_h, const struct work *w, double *g) {
  const kac_space *space = &site->worker->spec->space;
  size_t n = site->n, d = space->n_real;
  double rest = 1 - at->sum_p, half_g2 = 0.5 * at->c.g2;
  double along = rest * (at->c.f + at->kappa);
  for (size_t i = 0; i < n; i++)
    g[i] = rest * at->kappa * space->n_dof - half_g2 * w->sum_ps2[i];
  if (w->is_fused) {
    compose_add(g, w->p_square, half_g2, n);
    if (along != 0) compose_add(g, w->x_dot_p, along, n);
  } else {
    compose_dot(g, w->p, w->p, half_g2, n, d);
    if (along != 0) compose_dot(g, w->x, w->p, along, n, d);
  }
  if (has_h) compose_add(g, w->rate, 1, n);
}

/* G, x0hat and S from the sums; see the top of the file. */
static void finish(const struct site *site, kac_field_io *io,
                   const struct path_point *at, bool has_h, struct work *w) {
  const kac_coeffs *c = &at->c;
  size_t n = site->n, k = n * site->worker->spec->space.n_real;
  if (io->want & KAC_Q_G) add_rate(site, at, has_h, w, io->g);
  if (io->want & KAC_Q_X0)
    compose_mix(io->x0, 1 / c->alpha, w->x,
                c->sigma * c->sigma / (at->sum_p * c->alpha), w->p, k);
  if ((io->want & KAC_Q_S) && has_h) /* P is io->s: the last use of P */
    compose_add(io->s, w->h, 1, k);
  if (io->want & KAC_Q_LOGPI)
    memcpy(io->logpi, w->logpi, n * sizeof *io->logpi);
}

static void set_dense(const kac_field_io *io, size_t n, size_t d,
                      struct work *w) {
  w->x = io->x.real;
  if (io->x.ld == d) return;
  for (size_t i = 0; i < n; i++)
    memcpy(w->dense + i * d, io->x.real + i * io->x.ld, d * sizeof *w->x);
  w->x = w->dense;
}

bool path_field(const struct site *site, kac_field_io *io) {
  const struct spec *spec = site->worker->spec;
  size_t n = site->n, d = spec->space.n_real;
  struct path_point at;
  struct work w = work_space(site);
  bool has_h = site->worker->path->has_rate;
  if (!path_at(site, io->t, &at)) return false;
  set_dense(io, n, d, &w);
  if (io->want & KAC_Q_S) w.p = io->s; /* S = P + grad h grows in place */
  w.is_fused = (io->want & KAC_Q_G) && spec->n_terms > 0 && d >= FUSED_MIN;
  if (spec->n_terms == 0) memset(w.p, 0, n * d * sizeof *w.p);
  memset(w.sum_ps2, 0, n * sizeof *w.sum_ps2);
  memset(w.logpi, 0, n * sizeof *w.logpi);
  if (has_h) memset(w.rate, 0, n * sizeof *w.rate);
  if (has_h) memset(w.h, 0, n * d * sizeof *w.h);
  for (size_t i = 0; i < spec->n_terms; i++)
    if (!add_term(site, io, &at, i, &w)) return false;
  if (io->b) w.b = io->b;
  add_drift(site, &at, has_h || io->b, &w);
  for (size_t j = 0; j < spec->n_potentials; j++)
    if (!add_potential(site, io, &at, j, &w)) return false;
  finish(site, io, &at, has_h, &w);
  return true;
}

bool path_pull_back(const struct site *site, const struct path_point *at,
                    const double *x, const double *v, double *out) {
  const struct spec *spec = site->worker->spec;
  const struct path *path = site->worker->path;
  size_t d = spec->space.n_real, k = site->n * d;
  struct work w = work_space(site);
  kac_score_io asks[PATH_MAX_TERMS];
  double *unused;
  memset(out, 0, k * sizeof *out);
  for (size_t i = 0; i < spec->n_terms; i++)
    asks[i] = (kac_score_io){.struct_size = sizeof asks[i],
                             .want = KAC_Q_VJP,
                             .t = at->c.t,
                             .x = {x, d, NULL, 0},
                             .ld = d,
                             .v = v,
                             .vjp = value_of(site, &w, i, &unused)};
  for (size_t i = 0; i < spec->n_terms; i++) {
    if (path->leader[i] == i && !group_eval(site, i, asks)) return false;
    compose_add(out, asks[i].vjp, at->power[i] / at->sum_p, k);
  }
  return true;
}
