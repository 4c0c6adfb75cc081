/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sampler/work.h"

#include "sampler/twist.h"

size_t move_scratch(const struct spec *spec, size_t n_slots, size_t n) {
  return n * (9 * spec->space.n_real + 6 + n_slots);
}

struct step_work work_space(const struct run *run, const struct site *site) {
  size_t n = site->n, d = run->spec->space.n_real;
  double *at = site->worker->move_scratch;
  struct step_work w = {
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

uint64_t work_wants(const struct run *run) {
  const struct spec *spec = run->spec;
  uint64_t want = 0;
  if (spec->weights != WEIGHTS_OFF) want |= KAC_Q_G;
  if (spec->weights == WEIGHTS_DENSITY) want |= KAC_Q_LOGPI;
  for (size_t i = 0; i < spec->n_integrators; i++)
    want |= run_ops(&spec->integrators[i])->needs_field;
  if (twist_needs_x0(spec)) want |= KAC_Q_X0;
  return want;
}

kac_field_io work_field(const struct run *run, const struct site *site,
                        double t, const double *x, const kac_field_io *spare) {
  const struct population *population = &run->population;
  size_t d = population->n_real, row = site->row0;
  if (!run->keeps_field) return *spare;
  const struct field_cache *cache = &population->cache;
  return (kac_field_io){
      .struct_size = sizeof(kac_field_io),
      .want = work_wants(run),
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

bool work_evaluate(const struct run *run, const struct site *site, double t,
                   const double *x, kac_field_io *f) {
  f->want = work_wants(run);
  f->t = t;
  f->t_next = t;
  f->x = (kac_crows){x, run->spec->space.n_real, NULL, 0};
  return path_field(site, f);
}

struct move_rows work_rows(const struct run *run, const struct site *site,
                           double t, const struct step_work *w) {
  const struct population *population = &run->population;
  size_t row = site->row0;
  double *x = population->x + row * population->n_real;
  return (struct move_rows){
      .x = x,
      .logw = population->logw + row,
      .twist = population->twist ? population->twist + row * population->n_twist
                                 : NULL,
      .f = work_field(run, site, t, x, &w->f)};
}
