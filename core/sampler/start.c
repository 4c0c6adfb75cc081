/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The start: draws at t_max, their weight log pi - log start where both are
 * known (else exp h alone), and the burn-in.  docs/methods.md section 3. */
#include <kac/sdk.h>

#include "sampler/blame.h"
#include "sampler/compose.h"
#include "sampler/parts.h"
#include "sampler/run.h"
#include "sampler/twist.h"

static double mean_of(const struct spec_start *start, size_t j) {
  return start->mean.n == 0 ? 0 : kac_at(&start->mean, j);
}

static void draw_gaussian(const struct site *site, double *x) {
  const struct spec *spec = site->worker->spec;
  size_t d = spec->space.n_real;
  double scale = sqrt(spec->start.variance);
  call_normal(site, USE_START, 0, x, d, d);
  for (size_t i = 0; i < site->n; i++)
    for (size_t j = 0; j < d; j++)
      x[i * d + j] = mean_of(&spec->start, j) + scale * x[i * d + j];
}

static void draw_from_file(const struct site *site, double *x) {
  const struct spec *spec = site->worker->spec;
  const kac_array *rows = &spec->start.rows;
  size_t d = spec->space.n_real;
  for (size_t i = 0; i < site->n; i++) {
    size_t from = (site->row0 + i) % rows->shape[0];
    memcpy(x + i * d, rows->data + from * d, d * sizeof *x);
  }
}

static bool draw(const struct site *site, double t, double *x) {
  const struct spec *spec = site->worker->spec;
  if (spec->start.law == START_FILE)
    draw_from_file(site, x);
  else if (spec->start.law != START_SCORE)
    draw_gaussian(site, x);
  else {
    kac_sample_io io = {.struct_size = sizeof io,
                        .t = t,
                        .x = {x, spec->space.n_real, NULL, 0}};
    if (!call_sample(site, spec->start.score, &io)) return false;
  }
  if (spec->space.flags & KAC_MEAN_FREE)
    call_project(&spec->space, site->n, x, spec->space.n_real);
  return true;
}

static void log_gaussian(const struct site *site, const double *x,
                         double *log_start) {
  const struct spec *spec = site->worker->spec;
  size_t d = spec->space.n_real;
  double v = spec->start.variance;
  double norm = -0.5 * spec->space.n_dof * log(2 * acos(-1.0) * v);
  for (size_t i = 0; i < site->n; i++) {
    double square = 0;
    for (size_t j = 0; j < d; j++) {
      double off = x[i * d + j] - mean_of(&spec->start, j);
      square += off * off;
    }
    log_start[i] = norm - 0.5 * square / v;
  }
}

/* The density of a score's draws is asked of the same function as log pi: at
 * power 1 the two cancel to the last bit. */
static bool log_start_density(const struct site *site, double t,
                              const double *x, double *log_start) {
  const struct spec *spec = site->worker->spec;
  const struct spec_start *start = &spec->start;
  if (start->law == START_FILE) {
    for (size_t i = 0; i < site->n; i++)
      log_start[i] = start->logp.data[(site->row0 + i) % start->logp.n];
    return true;
  }
  if (start->law != START_SCORE) {
    log_gaussian(site, x, log_start);
    return true;
  }
  kac_score_io io = {.struct_size = sizeof io,
                     .want = KAC_Q_LOGP,
                     .t = t,
                     .x = {x, spec->space.n_real, NULL, 0},
                     .ld = spec->space.n_real,
                     .logp = log_start};
  return call_score(site, start->score, &io);
}

/* Without densities the factor exp h of the potentials is all that is known. */
static bool add_potentials(const struct site *site, const struct path_point *at,
                           const double *x, double *twist, double *logw) {
  const struct spec *spec = site->worker->spec;
  double *phi = site->worker->move_scratch;
  for (size_t j = 0; j < spec->n_potentials; j++) {
    if (spec->potentials[j].mode != MODE_RATE || at->strength[j] == 0) continue;
    if (!call_phi(site, spec->potentials[j].instance, KAC_TRIAL, at->c.t, x,
                  phi) ||
        !call_strength(site, spec->potentials[j].instance, at->strength[j],
                       phi))
      return false;
    compose_add(logw, phi, at->strength[j], site->n);
    parts_add(spec, j, at->strength[j], phi, 1, site->n, twist);
  }
  return true;
}

static bool weigh(const struct run *run, const struct site *site,
                  const double *x, double *twist, double *logw) {
  const struct spec *spec = run->spec;
  double t = run->p0.c.t, *log_start = logw;
  if (spec->weights == WEIGHTS_OFF || spec->start.burn_in > 0) return true;
  if (!run->knows_start) return add_potentials(site, &run->p0, x, twist, logw);
  kac_field_io f;
  if (!move_first_field(run, site, t, x, &f) ||
      !log_start_density(site, t, x, log_start))
    return false;
  for (size_t i = 0; i < site->n; i++) logw[i] = f.logpi[i] - log_start[i];
  parts_start(run, f.terms, site->n, twist);
  return true;
}

void start_block(void *context, size_t block, size_t thread) {
  struct run *run = context;
  struct population *population = &run->population;
  struct site site = run_site(run, block, thread);
  site.is_start = true;
  double *x = population->x + site.row0 * population->n_real;
  if (site.worker->fault.code != 0) return;
  if (!draw(&site, run->p0.c.t, x)) return;
  for (size_t i = 0; i < site.n; i++)
    population->lineage[site.row0 + i] =
        (uint32_t)((site.row0 + i) % population->n_particles);
  double *logw = population->logw + site.row0, *twist = NULL;
  if (population->twist)
    twist = population->twist + site.row0 * population->n_twist;
  if (twist) twist_start(run->spec, site.n, twist);
  if (weigh(run, &site, x, twist, logw))
    blame_path(&site, MODE_RATE, &run->p0, x, NULL, logw);
}

/* Burn-in and first step are both step 0: their noise must differ. */
static const uint32_t BURN_IN = 1u << 31;

void start_burn_in_block(void *context, size_t block, size_t thread) {
  struct run *run = context;
  const struct spec *spec = run->spec;
  struct site site = run_site(run, block, thread);
  site.is_start = true;
  int64_t longest = 1;
  if (site.worker->fault.code != 0) return;
  for (size_t i = 0; i < spec->n_integrators; i++)
    if (spec->integrators[i].repeat > longest)
      longest = spec->integrators[i].repeat;
  for (size_t round = run->round; round < run->round_end; round++) {
    site.sub = BURN_IN | (uint32_t)(round * (size_t)longest);
    if (!move_invariant(run, &site, &run->p0, round > 0)) return;
  }
  double *logw = run->population.logw + site.row0;
  for (size_t i = 0; i < site.n; i++) logw[i] = 0;
}
