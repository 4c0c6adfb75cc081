/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Potentials that steer by weights on a grid of times, and guides; and where a
 * row keeps what the potentials of the path have given it (parts.h).  A twist
 * keeps psi, the log of all that a particle has been given so far; a step adds
 * psi_new - psi_old, and the last one sets psi = lambda phi(x_0), so that the
 * final target is the same for every mode: docs/methods.md section 4. */
#ifndef KAC_CORE_TWIST_H
#define KAC_CORE_TWIST_H
#include "sampler/population.h"

bool twist_is_twist(enum potential_mode mode);
/* Doubles per row: psi and one number of memory for each twist potential, where
 * it asks for it the point of its last look, one sum for each guide and
 * potential of the path (path_has_part), and one total for all; 0 without any
 * potential. */
size_t twist_size(const struct spec *spec);
/* Where in a row that sum is: what it has been paid, or has given. */
size_t twist_sum(const struct spec *spec, size_t j);
/* phi of a twist potential at the end, of one row: what its weight was given
 * from, which a plugin that keeps a state would not say twice. */
double twist_final_phi(const struct spec *spec, size_t j, const double *twist);
/* Adds the change of n log-weights in a step (the first one with what the
 * start gave) to the rows' totals, which resampling does not reset. */
void twist_count(const struct spec *spec, size_t n, const double *before,
                 const double *logw, bool is_first, double *twist);
double twist_total(const struct spec *spec, const double *twist);
/* What potential j has given the row of that total, as a twist, as a guide and
 * in the path; NaN where its weight is in ratios of densities. */
double twist_given(const struct spec *spec, size_t j, const double *twist);
/* n rows of twist numbers at the start of a run. */
void twist_start(const struct spec *spec, size_t n, double *twist);
/* Does any potential look at x0hat (of a step or of a guide)? */
bool twist_needs_x0(const struct spec *spec);
/* Is twist potential j looked at after the step that leads to grid time k? */
bool twist_is_due(const struct spec *spec, size_t j, size_t k);
/* Does a potential guide this step (from 0)?  A guide acts on every step whose
 * start lies in its window, or on the steps of its list. */
bool twist_guides(const struct spec_potential *potential, size_t step,
                  double progress);
/* Is any potential evaluated at x0hat after the step that leads to grid time
 * k?  (The last one always looks at x.) */
bool twist_needs_field(const struct spec *spec, size_t k);

/* After the move to grid time k: evaluates what is due there at x (or x0hat)
 * and adds to logw.  twist and logw belong to the site's first row. */
bool twist_update(const struct site *site, size_t k,
                  const struct path_point *at, const double *x,
                  const double *x0hat, double *twist, double *logw);

/* At the end state: where a potential in mode "rate" says -inf, the target is
 * zero and so is the weight, which the rate alone would not see. */
bool twist_verdict(const struct site *site, const struct path_point *at,
                   const double *x, double *logw);

/* A guided move of a site's rows by a kernel of variance var. */
struct guided {
  const double *x, *x0hat, *noise; /* n d: noise is what the move adds to m */
  double var;
  double *shift;   /* n d: m, the sum of all shifts */
  double *scratch; /* 2 n d + n */
  double *twist;   /* of the rows */
};
/* shift += var * sum_j guide_j grad [lambda_j phi_j] at (point, x), through
 * the denoiser where the potential stands at x0hat.  Notes for each what it is
 * paid, -m_j.(e + m_j/2 + shifts of the guides before it)/var: these sum to
 * -(m.e)/var - |m|^2/(2 var).  *any: was there a guide? */
bool twist_guide(const struct site *site, const struct path_point *at,
                 const struct guided *move, bool *any);

#endif
