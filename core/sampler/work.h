/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a step of one block works with: its rows, the field there, and work
 * space. */
#ifndef KAC_CORE_WORK_H
#define KAC_CORE_WORK_H
#include "sampler/move.h"

/* Work space of a step for n rows. */
struct step_work {
  kac_field_io f;             /* where the field is not kept */
  double *mean, *noise, *old; /* n by d */
  double *guide;              /* 2 n d + n: twist_guide's scratch */
  double *shift;              /* n by d */
  double *dlogw, *accept;     /* n */
  double *before;             /* n: log-weights before the step */
};

struct step_work work_space(const struct run *run, const struct site *site);
/* The rows of a site where the population keeps them. */
struct move_rows work_rows(const struct run *run, const struct site *site,
                           double t, const struct step_work *w);
/* The field at (t, x) of the site's rows: kept with them, or in the work space.
 * What is kept holds all that the run wants: a move that takes a row elsewhere
 * has to bring along as much. */
kac_field_io work_field(const struct run *run, const struct site *site,
                        double t, const double *x, const kac_field_io *spare);
/* What the stages of this run need of the field. */
uint64_t work_wants(const struct run *run);
/* Evaluates it there. False with a fault. [worker] */
bool work_evaluate(const struct run *run, const struct site *site, double t,
                   const double *x, kac_field_io *f);

#endif
