/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The target path pi_t ~ prod_i q_i,t^p_i(t) exp(sum_j lambda_j(t) phi_j) and
 * the numbers that follow from it: velocity b, score S, denoised mean, log pi
 * and the weight rate G.  docs/methods.md sections 2 and 3. */
#ifndef KAC_CORE_PATH_H
#define KAC_CORE_PATH_H
#include "sampler/call.h"

/* The path at one time. */
struct path_point {
  kac_coeffs c; /* c.eps is left 0 */
  double progress;
  double power[PATH_MAX_TERMS], sum_p;
  double strength[PATH_MAX_TERMS]; /* by index in spec->potentials */
  double kappa;                    /* of the frame */
};

/* Fixed for a run: which extra values the explicit time dependence needs.
 * Slot k of a row's `terms` holds log q of a term, phi of a potential, or what
 * a potential adds to G. */
struct path {
  const struct spec *spec;
  size_t n_slots;
  bool has_rate;                         /* is any potential in mode "rate"? */
  int slot_of_term[PATH_MAX_TERMS];      /* -1: none */
  int slot_of_potential[PATH_MAX_TERMS]; /* -1: none */
  int slot_of_part[PATH_MAX_TERMS];      /* -1: none */
  /* Terms whose scores one call evaluates: the first term of each one's group;
   * itself if it is alone, or first. */
  size_t leader[PATH_MAX_TERMS], group_size[PATH_MAX_TERMS];
  int value_slot[PATH_MAX_TERMS]; /* where its values are kept; -1: alone */
};

void path_init(struct path *path, const struct spec *spec);
/* Is what potential j weighs in ratios of kernels' densities, which hold
 * squares of the whole drift and no part of its own? */
bool path_in_densities(const struct spec *spec, size_t j);
/* Does potential j of the path give log-weight that is a sum over steps, to be
 * told from all the rest? */
bool path_has_part(const struct spec *spec, size_t j);
/* Doubles of worker->field_scratch for a block of n rows. */
size_t path_scratch(const struct spec *spec, size_t n);

/* Schedule at t, with f and g2. [any] */
kac_status path_coeffs(const struct instance *schedule, double t,
                       kac_coeffs *coeffs, kac_error *err);
double path_progress(const struct spec *spec, double t);
bool path_at(const struct site *site, double t, struct path_point *point);

/* Potential j was asked for phi or its gradient (or NULL) at the site's rows,
 * to be used times lambda: what is not zero acts. */
void path_count(const struct site *site, size_t j, double lambda,
                const double *phi, const double *gradient);

/* Evaluates every score model of the target once and composes.  Asks the
 * potentials as a trial when site->pstate is NULL. [worker] */
bool path_field(const struct site *site, kac_field_io *io);

/* out = (d x0hat / d x)^T v at (point, x) from the models' VJPs; rows dense.
 * x0hat of a composition is the mean of its models' with weights p_i / sum p.
 */
bool path_pull_back(const struct site *site, const struct path_point *at,
                    const double *x, const double *v, double *out);

/* What the value in slot_of_potential[j] is multiplied with over a step. */
double path_change(const struct spec *spec, size_t j,
                   const struct path_point *p0, const struct path_point *p1);
/* logw += explicit time dependence over a step, as exact differences at the
 * old point, and the integral potentials: docs/methods.md section 3.
 * only_integral: leave out the former (where other weights contain it). */
void path_explicit(const struct path *path, const struct path_point *p0,
                   const struct path_point *p1, const double *terms, size_t n,
                   bool only_integral, double *logw);

#endif
