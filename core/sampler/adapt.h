/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Adaptive tempering: the times of an energy ladder chosen from the particles
 * (docs/methods.md section 5). */
#ifndef KAC_CORE_ADAPT_H
#define KAC_CORE_ADAPT_H
#include "sampler/run.h"

/* The run gets a grid of its own to write to, where the config asks for it.
 * False: no memory. */
bool adapt_set_up(struct run *run);
void adapt_tear_down(struct run *run);
/* Before a step, with run->p0 known: the time to go to, into the grid of the
 * run, and its end if that is t_min.  False with a fault. */
bool adapt_step(struct run *run);

#endif
