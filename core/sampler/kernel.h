/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The advancing move of an integrator that is a Gaussian kernel. */
#ifndef KAC_CORE_KERNEL_H
#define KAC_CORE_KERNEL_H
#include "sampler/work.h"

/* Moves the rows from run->p0 to run->p1; in "density" weights the field is the
 * one there afterwards.  False with a fault. [worker] */
bool kernel_move(const struct run *run, const struct site *site,
                 struct step_work *w, struct move_rows *rows);

#endif
