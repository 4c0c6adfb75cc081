/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One step of one block: field at (t0, x), weights, the advancing move to t1,
 * the invariant moves at t1, the twists at t1.  docs/design.md section 1. */
#include "sampler/move.h"

#include <kac/sdk.h>

#include "sampler/blame.h"
#include "sampler/children.h"
#include "sampler/compose.h"
#include "sampler/parts.h"
#include "sampler/twist.h"

/* Work space of a step for n rows. */
struct work {
  kac_field_io f;             /* where the field is not kept */
  double *mean, *noise, *old; /* n by d */
  double *guide;              /* 2 n d + n: twist_guide's scratch */
  double *shift;              /* n by d */
  double *dlogw, *accept;     /* n */
  double *before;             /* n: log-weights before the step */
};

size_t move_scratch(const struct spec *spec, size_t n_slots, size_t n) {
  return n * (9 * spec->space.n_real + 6 + n_slots);
}

static struct work work_space(const struct run *run, const struct site *site) {
  size_t n = site->n, d = run->spec->space.n_real;
  double *at = site->worker->move_scratch;
  struct work w = {
      .f = {.struct_size = sizeof w.f, .ld = d, .n_terms = run->path.n_slots}};
  double **const matrices[] = {&w.f.b,   &w.f.s, &w.f.x0, &w.mean,
                               &w.noise, &w.old, &w.shift};
  double **const vectors[] = {&w.f.g, &w.f.logpi, &w.dlogw, &w.accept,
                              &w.before};
  for (size_t k = 0; k < sizeof matrices / sizeof *matrices; k++, at += n * d)
    *matrices[k] = at;
  for (size_t k = 0; k < sizeof vectors / sizeof *vectors; k++, at += n)
    *vectors[k] = at;
  w.guide = at;
  at += 2 * n * d + n;
  w.f.terms = run->path.n_slots > 0 ? at : NULL;
  return w;
}

/* What the stages of this run need of the field. */
static uint64_t wanted(const struct run *run) {
  const struct spec *spec = run->spec;
  uint64_t want = 0;
  if (spec->weights != WEIGHTS_OFF) want |= KAC_Q_G;
  if (spec->weights == WEIGHTS_DENSITY) want |= KAC_Q_LOGPI;
  for (size_t i = 0; i < spec->n_integrators; i++)
    want |= run_ops(&spec->integrators[i])->needs_field;
  if (twist_needs_x0(spec)) want |= KAC_Q_X0;
  return want;
}

/* The field at (t, x) of the site's rows: kept with them, or in the work space.
 * What is kept holds all that the run wants: a move that takes a row elsewhere
 * has to bring along as much. */
static kac_field_io field_of(const struct run *run, const struct site *site,
                             double t, const double *x,
                             const kac_field_io *work_field) {
  const struct population *population = &run->population;
  size_t d = population->n_real, row = site->row0;
  if (!run->keeps_field) return *work_field;
  const struct field_cache *cache = &population->cache;
  return (kac_field_io){
      .struct_size = sizeof(kac_field_io),
      .want = wanted(run),
      .t = t,
      .t_next = t,
      .x = {x, d, NULL, 0},
      .b = cache->b + row * d,
      .s = cache->s + row * d,
      .x0 = cache->x0 ? cache->x0 + row * d : NULL,
      .ld = d,
      .g = cache->g + row,
      .logpi = cache->logpi + row,
      .terms = cache->terms ? cache->terms + row * run->path.n_slots : NULL,
      .n_terms = run->path.n_slots};
}

static bool evaluate(const struct run *run, const struct site *site, double t,
                     const double *x, kac_field_io *f) {
  f->want = wanted(run);
  f->t = t;
  f->t_next = t;
  f->x = (kac_crows){x, run->spec->space.n_real, NULL, 0};
  return path_field(site, f);
}

bool move_first_field(const struct run *run, const struct site *site, double t,
                      const double *x, kac_field_io *f) {
  struct work w = work_space(run, site);
  *f = field_of(run, site, t, x, &w.f);
  f->want = (run->keeps_field ? wanted(run) : 0) | KAC_Q_LOGPI;
  f->t = t;
  f->t_next = t;
  f->x = (kac_crows){x, run->spec->space.n_real, NULL, 0};
  if (!run->keeps_field) f->b = NULL;
  return path_field(site, f);
}

static void add_rate_weights(const struct run *run, const kac_field_io *f,
                             size_t n, double *logw) {
  enum weights_mode mode = run->spec->weights;
  bool is_rate = mode == WEIGHTS_RATE;
  bool is_resting = !run->advance && mode != WEIGHTS_OFF;
  if (is_rate || is_resting) /* at rest G is dh/du alone */
    compose_add(logw, f->g, run->p0.c.t - run->p1.c.t, n);
  path_explicit(&run->path, &run->p0, &run->p1, f->terms, n,
                !is_rate && !is_resting, logw);
}

/* log N(e; 0, var I) for rows e, up to what both kernels share. */
static void add_log_gauss(double *logw, const double *e, double var,
                          double sign, const kac_space *space, size_t n) {
  double norm = -0.5 * space->n_dof * log(var);
  for (size_t i = 0; i < n; i++) logw[i] += sign * norm;
  compose_dot(logw, e, e, -0.5 * sign / var, n, space->n_real);
}

/* In "density" weights both kernels take eps at the middle of the step: the
 * same variance makes their ratio far less noisy (docs/methods.md section 3).
 */
static bool kernel_coeffs(const struct run *run, const struct site *site,
                          kac_coeffs *c0, kac_coeffs *c1) {
  *c0 = run_coeffs(&run->p0, run->advance);
  *c1 = run_coeffs(&run->p1, run->advance);
  if (run->spec->weights != WEIGHTS_DENSITY) return true;
  struct path_point middle;
  if (!path_at(site, 0.5 * (c0->t + c1->t), &middle)) return false;
  c0->eps = c1->eps = run_coeffs(&middle, run->advance).eps;
  return true;
}

/* log w += log pi'(x') - log pi(x) + log B(x|x') - log P(x'|x), with the new
 * field left in *f.  w->noise holds x' - mean of P, w->old the old x. */
static bool add_density_weights(const struct run *run, const struct site *site,
                                struct work *w, kac_field_io *f,
                                const kac_coeffs *c0, const kac_coeffs *c1,
                                double var, const double *x, double *logw) {
  const kac_space *space = &run->spec->space;
  size_t n = site->n, d = space->n_real;
  struct site trial = *site;
  trial.pstate = NULL;
  compose_add(logw, f->logpi, -1, n);
  add_log_gauss(logw, w->noise, var, -1, space, n);
  if (!evaluate(run, site, c1->t, x, f)) return false;
  compose_add(logw, f->logpi, 1, n);
  kac_kernel_io back = {.struct_size = sizeof back,
                        .c0 = c1,
                        .c1 = c0,
                        .x = {x, d, NULL, 0},
                        .f = f,
                        .mean = w->mean,
                        .ld = d};
  if (!call_kernel(&trial, run->advance->instance, &back)) return false;
  compose_add(w->old, w->mean, -1, n * d);
  add_log_gauss(logw, w->old, back.var, 1, space, n);
  return true;
}

static bool is_guided(const struct spec *spec) {
  for (size_t j = 0; j < spec->n_potentials; j++)
    if (spec->potentials[j].guide != 0) return true;
  return false;
}

/* Moves the mean by the guides and pays for it: -(m.e)/v - |m|^2/(2v). */
static bool guide(const struct run *run, const struct site *site,
                  struct work *w, double var, const struct move_rows *rows) {
  size_t n = site->n, d = run->spec->space.n_real;
  double *logw = rows->logw;
  bool any;
  if (!is_guided(run->spec)) return true;
  struct guided move = {rows->x,  rows->f.x0, w->noise,   var,
                        w->shift, w->guide,   rows->twist};
  memset(w->shift, 0, n * d * sizeof *w->shift);
  if (!twist_guide(site, &run->p0, &move, &any)) return false;
  if (!any) return true;
  compose_add(w->mean, w->shift, 1, n * d);
  if (run->spec->weights == WEIGHTS_DENSITY) return true; /* in log P */
  if (!(var > 0)) return true; /* the pipeline refuses guides without noise */
  compose_dot(logw, w->shift, w->noise, -1 / var, n, d);
  compose_dot(logw, w->shift, w->shift, -0.5 / var, n, d);
  return true;
}

/* A Gaussian move: the plugin gives mean and variance, the host draws. */
static bool move_kernel(const struct run *run, const struct site *site,
                        struct work *w, struct move_rows *rows) {
  size_t n = site->n, d = run->spec->space.n_real, k = n * d;
  double *x = rows->x, *logw = rows->logw;
  kac_field_io *f = &rows->f;
  bool is_density = run->spec->weights == WEIGHTS_DENSITY;
  bool keeps_noise = is_density || is_guided(run->spec);
  kac_coeffs c0, c1;
  if (!kernel_coeffs(run, site, &c0, &c1)) return false;
  kac_kernel_io io = {.struct_size = sizeof io,
                      .c0 = &c0,
                      .c1 = &c1,
                      .x = {x, d, NULL, 0},
                      .f = f,
                      .mean = w->mean,
                      .ld = d};
  if (!call_kernel(site, run->advance->instance, &io)) return false;
  double width = sqrt(io.var);
  if (io.var > 0) call_normal(site, USE_NOISE, 0, w->noise, d, d);
  if (io.var > 0 && keeps_noise) { /* as x' - mean, for the weights */
    compose_multiply(w->noise, width, k);
    width = 1;
  }
  if (!guide(run, site, w, io.var, rows)) return false;
  if (is_density) memcpy(w->old, x, k * sizeof *x);
  if (io.var > 0)
    compose_mix(x, 1, w->mean, width, w->noise, k);
  else
    memcpy(x, w->mean, k * sizeof *x);
  return !is_density ||
         add_density_weights(run, site, w, f, &c0, &c1, io.var, x, logw);
}

/* An opaque move, and the log-weight that it reports. */
static bool move_step(const struct site *site, struct work *w,
                      const struct spec_integrator *entry,
                      const struct path_point *from,
                      const struct path_point *to, kac_field_io *f, double *x,
                      double *accept, double *logw, bool *has_field) {
  kac_coeffs c0 = run_coeffs(from, entry), c1 = run_coeffs(to, entry);
  kac_step_io io = {.struct_size = sizeof io,
                    .c0 = &c0,
                    .c1 = &c1,
                    .x = {x, site->worker->spec->space.n_real, NULL, 0},
                    .f = f,
                    .dlogw = w->dlogw,
                    .accept = accept};
  memset(w->dlogw, 0, site->n * sizeof *w->dlogw);
  if (!call_step(site, entry->instance, &io)) return false;
  if (logw) compose_add(logw, w->dlogw, 1, site->n);
  *has_field = io.f_valid != 0;
  return true;
}

static void count_acceptance(struct run *run, const struct site *site,
                             const double *accept) {
  size_t block = site->row0 / run->spec->block;
  double sum = 0;
  for (size_t i = 0; i < site->n; i++) sum += accept[i];
  run->accept_sum[block] += sum;
  run->accept_n[block] += (double)site->n;
}

/* The rows of a site where the population keeps them. */
static struct move_rows rows_of(const struct run *run, const struct site *site,
                                double t, const struct work *w) {
  const struct population *population = &run->population;
  size_t row = site->row0;
  double *x = population->x + row * population->n_real;
  return (struct move_rows){
      .x = x,
      .logw = population->logw + row,
      .twist = population->twist ? population->twist + row * population->n_twist
                                 : NULL,
      .f = field_of(run, site, t, x, &w->f)};
}

/* The INVARIANT moves at a point; random numbers from site->sub on.  Leaves the
 * field of the rows up to date where it is kept. */
static bool move_at(struct run *run, const struct site *site,
                    const struct path_point *at, struct move_rows *rows,
                    bool has_field) {
  const struct spec *spec = run->spec;
  struct work w = work_space(run, site);
  for (size_t i = 0; i < spec->n_integrators; i++) {
    const struct spec_integrator *entry = &spec->integrators[i];
    if (!(run_ops(entry)->role & KAC_INVARIANT) ||
        !run_is_active(entry, at->progress))
      continue;
    for (int64_t repeat = 0; repeat < entry->repeat; repeat++) {
      struct site here = *site;
      here.sub = site->sub + (uint32_t)repeat;
      if (!has_field && !evaluate(run, &here, at->c.t, rows->x, &rows->f))
        return false;
      for (size_t k = 0; k < site->n; k++) w.accept[k] = KAC_NAN;
      if (!move_step(&here, &w, entry, at, at, &rows->f, rows->x, w.accept,
                     rows->logw, &has_field))
        return false;
      if (!isnan(w.accept[0])) count_acceptance(run, site, w.accept);
    }
  }
  return !run->keeps_field || has_field ||
         evaluate(run, site, at->c.t, rows->x, &rows->f);
}

bool move_invariant(struct run *run, const struct site *site,
                    const struct path_point *at, bool has_field) {
  struct work w = work_space(run, site);
  struct move_rows rows = rows_of(run, site, at->c.t, &w);
  return move_at(run, site, at, &rows, has_field);
}

/* A particle of weight zero keeps it: -inf - (-inf) means nothing. */
static void bury(const double *before, size_t n, double *logw) {
  for (size_t i = 0; i < n; i++)
    if (before[i] == -KAC_INF) logw[i] = -KAC_INF;
}

static size_t count_deaths(const double *before, const double *logw, size_t n) {
  size_t n_died = 0;
  for (size_t i = 0; i < n; i++)
    n_died += before[i] > -KAC_INF && logw[i] == -KAC_INF;
  return n_died;
}

static bool is_logw_sane(const struct site *site, const double *logw) {
  return call_finite(site, site->worker->spec->schedule,
                     "the log-weight of the composed path", logw, 1, 1, true);
}

void move_field_block(void *context, size_t block, size_t thread) {
  struct run *run = context;
  struct site site = run_site(run, block, thread);
  struct work w = work_space(run, &site);
  struct move_rows rows = rows_of(run, &site, run->p0.c.t, &w);
  if (site.worker->fault.code != 0) return;
  (void)evaluate(run, &site, run->p0.c.t, rows.x, &rows.f);
}

void move_weigh(const struct run *run, const struct site *site, double *logw) {
  struct work none = {.guide = NULL};
  kac_field_io f = field_of(run, site, run->p0.c.t, run->population.x, &none.f);
  add_rate_weights(run, &f, site->n, logw);
}

bool move_propose(struct run *run, const struct site *site,
                  struct move_rows *rows) {
  const struct spec *spec = run->spec;
  struct work w = work_space(run, site);
  bool has_field = false, is_last = run->step + 1 == spec->n_steps;
  double *x = rows->x, *logw = rows->logw;
  if (run->advance) {
    bool is_kernel = run_ops(run->advance)->kernel != NULL;
    if (is_kernel && !move_kernel(run, site, &w, rows)) return false;
    if (!is_kernel && !move_step(site, &w, run->advance, &run->p0, &run->p1,
                                 &rows->f, x, NULL, logw, &has_field))
      return false;
    bool is_density = spec->weights == WEIGHTS_DENSITY;
    has_field = has_field || (is_kernel && is_density);
    if (is_density) blame_path(site, MODE_RATE, &run->p1, x, w.before, logw);
  }
  bool is_needed = run->keeps_field && !is_last;
  if ((run->n_moves > 0 || is_needed) &&
      !move_at(run, site, &run->p1, rows, has_field))
    return false;
  if (rows->twist && !twist_update(site, run->step + 1, &run->p1, x, rows->f.x0,
                                   rows->twist, logw))
    return false;
  if (is_last && spec->weights != WEIGHTS_OFF &&
      !twist_verdict(site, &run->p1, x, logw))
    return false;
  bury(w.before, site->n, logw);
  return is_logw_sane(site, logw);
}

void move_block(void *context, size_t block, size_t thread) {
  struct run *run = context;
  const struct spec *spec = run->spec;
  struct site site = run_site(run, block, thread);
  struct work w = work_space(run, &site);
  struct move_rows rows = rows_of(run, &site, run->p0.c.t, &w);
  if (site.worker->fault.code != 0) return;
  memcpy(w.before, rows.logw, site.n * sizeof *rows.logw);
  if (!run->has_field && !evaluate(run, &site, run->p0.c.t, rows.x, &rows.f))
    return;
  add_rate_weights(run, &rows.f, site.n, rows.logw);
  blame_path(&site, MODE_RATE, &run->p0, rows.x, w.before, rows.logw);
  blame_path(&site, MODE_INTEGRAL, &run->p0, rows.x, w.before, rows.logw);
  parts_step(run, rows.f.terms, site.n, rows.twist);
  bool is_good = spec->n_children > 1 ? children_move(run, &site, &rows)
                                      : move_propose(run, &site, &rows);
  if (!is_good) return;
  if (run->step + 1 < spec->n_steps)
    site.worker->n_died += count_deaths(w.before, rows.logw, site.n);
  if (rows.twist)
    twist_count(spec, site.n, w.before, rows.logw, run->step == 0, rows.twist);
}
