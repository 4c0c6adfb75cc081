/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How stiff the potentials of mode "rate" are for the steps of a run.  With k =
 * lambda times the curvature, a step of length du multiplies a distance from
 * the minimum by 1 - c, c = eps du k, and the weight of densities at rest is
 * -(c k / 4)(x'^2 - x^2), whose exponential has a variance only for |c| < 1
 * (docs/methods.md section 3).  The curvature is measured along the gradient,
 * over the width of the step's noise, for a few particles at a few steps:
 * cheap, and a lower bound. */
#include "sampler/stiff.h"

#include <kac/sdk.h>

enum { PROBED_STEPS = 16, PROBED_ROWS = 4 };

static bool is_due(const struct run *run) {
  size_t n = run->spec->n_steps, every = (n + PROBED_STEPS - 1) / PROBED_STEPS;
  return run->advance && run->step % every == 0;
}

static bool gradient(const struct site *site, const struct run *run, size_t j,
                     const double *x, double *out) {
  kac_potential_io io = {.struct_size = sizeof io,
                         .flags = KAC_TRIAL,
                         .want = KAC_Q_DPHI,
                         .t = run->p0.c.t,
                         .x = {x, run->spec->space.n_real, NULL, 0},
                         .dphi = out,
                         .ld = run->spec->space.n_real};
  return call_potential(site, run->spec->potentials[j].instance, &io);
}

static double length(const double *v, size_t d) {
  double square = 0;
  for (size_t k = 0; k < d; k++) square += v[k] * v[k];
  return sqrt(square);
}

/* to = x + width g/|g|; a row without a gradient stays. */
static void displace(const double *x, const double *g, size_t d, double width,
                     double *to) {
  double norm = length(g, d);
  for (size_t k = 0; k < d; k++)
    to[k] = x[k] + (norm > 0 ? width * g[k] / norm : 0);
}

/* The largest curvature of the rows, 0 where a gradient fails: that is for the
 * run itself to find, at points that it visits. */
static double curvature(const struct run *run, const struct site *site,
                        size_t j, double width) {
  size_t n = site->n, d = run->spec->space.n_real;
  const double *x = run->population.x + site->row0 * d;
  double *g = site->worker->move_scratch, *to = g + n * d, *g_to = to + n * d;
  double largest = 0;
  if (!gradient(site, run, j, x, g)) return 0;
  for (size_t i = 0; i < n; i++)
    displace(x + i * d, g + i * d, d, width, to + i * d);
  if (!gradient(site, run, j, to, g_to)) return 0;
  for (size_t i = 0; i < n; i++) {
    if (run->population.logw[site->row0 + i] == -KAC_INF) continue;
    for (size_t k = 0; k < d; k++) g_to[i * d + k] -= g[i * d + k];
    largest = fmax(largest, length(g_to + i * d, d) / width);
  }
  return largest;
}

void stiff_probe(struct run *run) {
  const struct spec *spec = run->spec;
  if (spec->weights == WEIGHTS_OFF || !is_due(run)) return;
  struct site site = run_site(run, 0, 0);
  if (site.n > PROBED_ROWS) site.n = PROBED_ROWS;
  site.pstate = NULL;
  site.is_uncounted = true;
  double heat =
      run_coeffs(&run->p0, run->advance).eps * (run->p0.c.t - run->p1.c.t);
  for (size_t j = 0; j < spec->n_potentials && heat > 0; j++) {
    double lambda = fabs(run->p0.strength[j]);
    if (spec->potentials[j].mode != MODE_RATE || lambda == 0) continue;
    double c = heat * lambda * curvature(run, &site, j, sqrt(2 * heat));
    site.worker->fault.code = EXIT_DONE;
    if (c > run->stiff.worst) run->stiff = (struct stiffness){c, j, run->step};
  }
}
