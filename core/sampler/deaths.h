/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Particles that got the weight zero on the way: would the end have said so
 * too?  Where a row is overwritten by resampling no one will know, but the
 * potential can be asked what it says of that point as an end.  Not the
 * counting of deaths: twist.c. */
#ifndef KAC_CORE_DEATHS_H
#define KAC_CORE_DEATHS_H
#include "sampler/path.h"

/* phi of potential j at n <= site->n dense rows, as if they were ends; -inf
 * where it has no answer, since a question of the host fails no run.  Neither
 * an evaluation of the run's nor anything that a plugin could remember.
 * [worker] */
void deaths_ask(const struct site *site, size_t j, size_t n, const double *rows,
                double *phi);
/* site->n draws of the end as those of `samples`: around x0hat or, if `points`
 * are x, around what Gaussian data of that width would have for it.  False
 * where none can be made: no noise, or data of unknown width. */
bool deaths_draw(const struct site *site, size_t j, const struct path_point *at,
                 const double *points, double *rows);
/* The potential's value depends on more than the point: it cannot be asked. */
bool deaths_remembers(const struct instance *potential);

#endif
