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

bool path_has_part(const struct spec *spec, size_t j) {
  enum potential_mode mode = spec->potentials[j].mode;
  return mode == MODE_INTEGRAL ||
         (mode == MODE_RATE && spec->weights == WEIGHTS_RATE);
}

void path_init(struct path *path, const struct spec *spec) {
  *path = (struct path){.spec = spec};
  for (size_t i = 0; i < spec->n_terms; i++) {
    bool is_fixed = ramp_is_constant(&spec->terms[i].power);
    path->slot_of_term[i] = is_fixed ? -1 : (int)path->n_slots++;
  }
  for (size_t j = 0; j < spec->n_potentials; j++) {
    const struct spec_potential *potential = &spec->potentials[j];
    bool is_rate = potential->mode == MODE_RATE;
    bool has_part = path_has_part(spec, j); /* which begins with lambda phi */
    bool is_kept =
        has_part || (is_rate && !ramp_is_constant(&potential->strength));
    path->has_rate = path->has_rate || is_rate;
    path->slot_of_potential[j] = is_kept ? (int)path->n_slots++ : -1;
    path->slot_of_part[j] = has_part && is_rate ? (int)path->n_slots++ : -1;
  }
  group_find(path);
}

kac_status path_coeffs(const struct instance *schedule, double t, kac_coeffs *c,
                       kac_error *err) {
  const kac_schedule_ops *ops = schedule->component->ops;
  *c = (kac_coeffs){.struct_size = sizeof *c, .t = t};
  struct crash_site before = crash_enter_instance(schedule);
  kac_status status = ops->coeffs(schedule->self, t, c, err);
  crash_enter(before);
  if (status != KAC_OK) return status;
  c->f = c->dalpha / c->alpha;
  if (c->g2 == 0) c->g2 = 2 * c->sigma * (c->dsigma - c->sigma * c->f);
  if (isfinite(c->alpha) && isfinite(c->sigma) && isfinite(c->f) &&
      isfinite(c->g2) && c->g2 >= 0)
    return KAC_OK;
  return kac_fail(err, KAC_ENUMERIC,
                  "at t = %g: alpha = %g, sigma = %g, f = %g, g^2 = %g; they "
                  "must be finite and g^2 >= 0",
                  t, c->alpha, c->sigma, c->f, c->g2);
}

double path_progress(const struct spec *spec, double t) {
  double t_max = spec->t[0], t_min = spec->t[spec->n_steps];
  return (t_max - t) / (t_max - t_min);
}

bool path_at(const struct site *site, double t, struct path_point *point) {
  const struct spec *spec = site->worker->spec;
  *point = (struct path_point){.progress = path_progress(spec, t)};
  kac_coeffs *c = &point->c;
  if (!call_coeffs(site, t, c)) return false;
  for (size_t i = 0; i < spec->n_terms; i++) {
    point->power[i] = ramp_at(&spec->terms[i].power, point->progress);
    point->sum_p += point->power[i];
  }
  for (size_t j = 0; j < spec->n_potentials; j++)
    point->strength[j] =
        ramp_at(&spec->potentials[j].strength, point->progress);
  point->kappa = -c->f;
  if (spec->frame == FRAME_MATCHED) {
    double s2 = spec->sigma_data * spec->sigma_data;
    double u = c->sigma * c->sigma + c->alpha * c->alpha * s2;
    point->kappa = -(c->sigma * c->dsigma + c->alpha * c->dalpha * s2) / u;
  }
  return true;
}

/* Work space of one evaluation, n rows of the block. */
struct work {
  const double *x;           /* n by d, dense */
  double *p, *h, *value, *b; /* n by d, dense */
  double *dense;             /* for x, if it comes otherwise */
  double *sum_ps2, *phi, *dphi_dt, *logq, *logpi, *part;
  double *rate;    /* what all potentials add to G */
  double *grouped; /* per value_slot: n by d values, n log q */
};

size_t path_scratch(const struct spec *spec, size_t n) {
  return n * (5 * spec->space.n_real + 7) +
         group_most(spec) * n * (spec->space.n_real + 1);
}

static struct work work_space(const struct site *site) {
  size_t n = site->n, d = site->worker->spec->space.n_real;
  double *at = site->worker->field_scratch;
  struct work w;
  double **const matrices[] = {&w.dense, &w.p, &w.h, &w.value, &w.b};
  double **const vectors[] = {&w.sum_ps2, &w.phi,  &w.dphi_dt, &w.logq,
                              &w.logpi,   &w.part, &w.rate};
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
  int slot = site->worker->path->value_slot[i];
  double *value = slot < 0 ? w->value : w->grouped + (size_t)slot * n * (d + 1);
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
  if (i == 0) {
    compose_scale_dot(w->p, value, p, w->sum_ps2, n, d);
  } else {
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
  if (!call_potential(site, potential->instance, &ask)) return false;
  keep_slot(io, path->slot_of_potential[j], w->phi, n);
  path_count(site, j, lambda, w->phi, is_rate ? w->value : NULL);
  if (!is_rate) return true;
  project(site, w->value);
  compose_add(w->h, w->value, lambda, n * d);
  if (io->want & KAC_Q_LOGPI) add_log(w->logpi, lambda, w->phi, n);
  if (io->want & KAC_Q_G) add_part(site, io, &ask, j, lambda, w);
  return true;
}

/* Of b = to_x x + (g2/2) P. */
static double to_x(const struct path_point *at) {
  return -at->sum_p * at->c.f + (1 - at->sum_p) * at->kappa;
}

/* S, x0hat and G from the sums, and b where it goes with |P|^2; see the top of
 * the file. */
static void finish(const struct site *site, kac_field_io *io,
                   const struct path_point *at, bool has_h, struct work *w) {
  const kac_space *space = &site->worker->spec->space;
  const kac_coeffs *c = &at->c;
  size_t n = site->n, d = space->n_real, k = n * d;
  double rest = 1 - at->sum_p, half_g2 = 0.5 * c->g2;
  if (io->want & KAC_Q_G) {
    for (size_t i = 0; i < n; i++)
      io->g[i] = rest * at->kappa * space->n_dof - half_g2 * w->sum_ps2[i];
    if (io->b && !has_h)
      compose_mix_dot(io->b, to_x(at), w->x, half_g2, w->p, half_g2, io->g, n,
                      d);
    else
      compose_dot(io->g, w->p, w->p, half_g2, n, d);
    if (rest != 0 && c->f + at->kappa != 0)
      compose_dot(io->g, w->x, w->p, rest * (c->f + at->kappa), n, d);
    if (has_h) compose_add(io->g, w->rate, 1, n);
  }
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
  if (spec->n_terms == 0) memset(w.p, 0, n * d * sizeof *w.p);
  memset(w.sum_ps2, 0, n * sizeof *w.sum_ps2);
  memset(w.logpi, 0, n * sizeof *w.logpi);
  if (has_h) memset(w.rate, 0, n * sizeof *w.rate);
  if (has_h) memset(w.h, 0, n * d * sizeof *w.h);
  for (size_t i = 0; i < spec->n_terms; i++)
    if (!add_term(site, io, &at, i, &w)) return false;
  if (io->b) w.b = io->b;
  if (has_h || (io->b && !(io->want & KAC_Q_G)))
    compose_mix(w.b, to_x(&at), w.x, 0.5 * at.c.g2, w.p, n * d);
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

double path_change(const struct spec *spec, size_t j,
                   const struct path_point *p0, const struct path_point *p1) {
  if (spec->potentials[j].mode == MODE_INTEGRAL)
    return p0->strength[j] * (p0->c.t - p1->c.t);
  return p1->strength[j] - p0->strength[j];
}

void path_explicit(const struct path *path, const struct path_point *p0,
                   const struct path_point *p1, const double *terms, size_t n,
                   bool only_integral, double *logw) {
  const struct spec *spec = path->spec;
  double change[3 * PATH_MAX_TERMS] = {0};
  for (size_t i = 0; i < spec->n_terms && !only_integral; i++)
    if (path->slot_of_term[i] >= 0)
      change[path->slot_of_term[i]] = p1->power[i] - p0->power[i];
  for (size_t j = 0; j < spec->n_potentials; j++) {
    int slot = path->slot_of_potential[j];
    bool is_integral = spec->potentials[j].mode == MODE_INTEGRAL;
    if (slot < 0 || (only_integral && !is_integral)) continue;
    change[slot] = path_change(spec, j, p0, p1);
  }
  for (size_t k = 0; k < path->n_slots; k++) {
    if (change[k] == 0) continue; /* 0 * -inf */
    for (size_t i = 0; i < n; i++) {
      double value = terms[i * path->n_slots + k];
      /* A verdict stands whether the strength rises or falls. */
      logw[i] += value == -KAC_INF ? value : change[k] * value;
    }
  }
}
