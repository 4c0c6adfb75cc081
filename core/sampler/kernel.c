/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A Gaussian move: the plugin gives mean and variance, the host draws, guides
 * and weighs. */
#include "sampler/kernel.h"

#include <kac/sdk.h>

#include "sampler/compose.h"
#include "sampler/twist.h"

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
                                struct step_work *w, kac_field_io *f,
                                const kac_coeffs *c0, const kac_coeffs *c1,
                                double var, const double *x, double *logw) {
  const kac_space *space = &run->spec->space;
  size_t n = site->n, d = space->n_real;
  struct site trial = *site;
  trial.pstate = NULL;
  compose_add(logw, f->logpi, -1, n);
  add_log_gauss(logw, w->noise, var, -1, space, n);
  if (!work_evaluate(run, site, c1->t, x, f)) return false;
  compose_add(logw, f->logpi, 1, n);
  kac_kernel_io back = {.struct_size = sizeof back,
                        .c0 = c1,
                        .c1 = c0,
                        .x = {x, d, NULL, 0},
                        .f = f,
                        .mean = w->mean,
                        .ld = d};
  if (!call_kernel(&trial, run->advance->instance, &back) ||
      !call_mean(&trial, run->advance->instance, &back))
    return false;
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
                  struct step_work *w, double var,
                  const struct move_rows *rows) {
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

/* x = mean + width e, a few rows at a time: what is drawn is added while it is
 * in the nearest cache, and sought for NaN on the way.  The mean is finite if
 * the sum is. */
static bool add_noise(const struct run *run, const struct site *site,
                      const kac_kernel_io *io, double width, double *noise,
                      double *x) {
  size_t d = run->spec->space.n_real;
  size_t rows = rng_rows(d);
  for (size_t i = 0; i < site->n; i += rows) {
    struct site part = *site;
    size_t left = site->n - i, at = i * d;
    part.row0 += i;
    part.n = left < rows ? left : rows;
    call_normal(&part, USE_NOISE, 0, noise, d, d);
    double zero =
        compose_mix_zero(x + at, 1, io->mean + at, width, noise, part.n * d);
    if (!(zero == 0.0) && !call_mean(site, run->advance->instance, io))
      return false;
  }
  return true;
}

/* x' = mean + e with e kept, for weights that ask for it. */
static bool move_weighted(const struct run *run, const struct site *site,
                          struct step_work *w, struct move_rows *rows,
                          const kac_kernel_io *io, double width) {
  size_t d = run->spec->space.n_real, k = site->n * d;
  double *x = rows->x;
  if (!call_mean(site, run->advance->instance, io)) return false;
  if (io->var > 0) {
    call_normal(site, USE_NOISE, 0, w->noise, d, d);
    compose_multiply(w->noise, width, k);
  }
  if (!guide(run, site, w, io->var, rows)) return false;
  if (run->spec->weights == WEIGHTS_DENSITY) memcpy(w->old, x, k * sizeof *x);
  if (io->var > 0)
    compose_mix(x, 1, w->mean, 1, w->noise, k);
  else
    memcpy(x, w->mean, k * sizeof *x);
  return run->spec->weights != WEIGHTS_DENSITY ||
         add_density_weights(run, site, w, &rows->f, io->c0, io->c1, io->var, x,
                             rows->logw);
}

bool kernel_move(const struct run *run, const struct site *site,
                 struct step_work *w, struct move_rows *rows) {
  size_t d = run->spec->space.n_real;
  kac_coeffs c0, c1;
  if (!kernel_coeffs(run, site, &c0, &c1)) return false;
  kac_kernel_io io = {.struct_size = sizeof io,
                      .c0 = &c0,
                      .c1 = &c1,
                      .x = {rows->x, d, NULL, 0},
                      .f = &rows->f,
                      .mean = w->mean,
                      .ld = d};
  if (!call_kernel(site, run->advance->instance, &io)) return false;
  double width = sqrt(io.var);
  if (run->spec->weights == WEIGHTS_DENSITY || is_guided(run->spec))
    return move_weighted(run, site, w, rows, &io, width);
  if (io.var > 0) return add_noise(run, site, &io, width, w->noise, rows->x);
  memcpy(rows->x, w->mean, site->n * d * sizeof *rows->x);
  return call_mean(site, run->advance->instance, &io);
}
