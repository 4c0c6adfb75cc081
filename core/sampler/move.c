/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One step of one block: field at (t0, x), weights, the advancing move to t1,
 * the invariant moves at t1, the twists at t1.  docs/design.md section 1. */
#include "sampler/move.h"

#include <kac/sdk.h>

#include "sampler/blame.h"
#include "sampler/children.h"
#include "sampler/compose.h"
#include "sampler/kernel.h"
#include "sampler/parts.h"
#include "sampler/twist.h"

bool move_first_field(const struct run *run, const struct site *site, double t,
                      const double *x, kac_field_io *f) {
  struct step_work w = work_space(run, site);
  *f = work_field(run, site, t, x, &w.f);
  f->want = (run->keeps_field ? work_wants(run) : 0) | KAC_Q_LOGPI;
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

/* An opaque move, and the log-weight that it reports. */
static bool move_step(const struct site *site, struct step_work *w,
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

/* The INVARIANT moves at a point; random numbers from site->sub on.  Leaves the
 * field of the rows up to date where it is kept. */
static bool move_at(struct run *run, const struct site *site,
                    const struct path_point *at, struct move_rows *rows,
                    bool has_field) {
  const struct spec *spec = run->spec;
  struct step_work w = work_space(run, site);
  for (size_t i = 0; i < spec->n_integrators; i++) {
    const struct spec_integrator *entry = &spec->integrators[i];
    if (!(run_ops(entry)->role & KAC_INVARIANT) ||
        !run_is_active(entry, at->progress))
      continue;
    for (int64_t repeat = 0; repeat < entry->repeat; repeat++) {
      struct site here = *site;
      here.sub = site->sub + (uint32_t)repeat;
      if (!has_field && !work_evaluate(run, &here, at->c.t, rows->x, &rows->f))
        return false;
      for (size_t k = 0; k < site->n; k++) w.accept[k] = KAC_NAN;
      if (!move_step(&here, &w, entry, at, at, &rows->f, rows->x, w.accept,
                     rows->logw, &has_field))
        return false;
      if (!isnan(w.accept[0])) count_acceptance(run, site, w.accept);
    }
  }
  return !run->keeps_field || has_field ||
         work_evaluate(run, site, at->c.t, rows->x, &rows->f);
}

bool move_invariant(struct run *run, const struct site *site,
                    const struct path_point *at, bool has_field) {
  struct step_work w = work_space(run, site);
  struct move_rows rows = work_rows(run, site, at->c.t, &w);
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
  struct step_work w = work_space(run, &site);
  struct move_rows rows = work_rows(run, &site, run->p0.c.t, &w);
  if (site.worker->fault.code != 0) return;
  (void)work_evaluate(run, &site, run->p0.c.t, rows.x, &rows.f);
}

void move_weigh(const struct run *run, const struct site *site, double *logw) {
  struct step_work none = {.guide = NULL};
  kac_field_io f =
      work_field(run, site, run->p0.c.t, run->population.x, &none.f);
  add_rate_weights(run, &f, site->n, logw);
}

bool move_propose(struct run *run, const struct site *site,
                  struct move_rows *rows) {
  const struct spec *spec = run->spec;
  struct step_work w = work_space(run, site);
  bool has_field = false, is_last = run->step + 1 == spec->n_steps;
  double *x = rows->x, *logw = rows->logw;
  if (run->advance) {
    bool is_kernel = run_ops(run->advance)->kernel != NULL;
    if (is_kernel && !kernel_move(run, site, &w, rows)) return false;
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
  struct step_work w = work_space(run, &site);
  struct move_rows rows = work_rows(run, &site, run->p0.c.t, &w);
  if (site.worker->fault.code != 0) return;
  memcpy(w.before, rows.logw, site.n * sizeof *rows.logw);
  if (!run->has_field &&
      !work_evaluate(run, &site, run->p0.c.t, rows.x, &rows.f))
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
