/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which potential refused a particle: gave it the weight zero. */
#ifndef KAC_CORE_BLAME_H
#define KAC_CORE_BLAME_H
#include "sampler/path.h"
#include "sampler/run.h"

/* Rows at x that had a weight (`before`, or NULL: all had one) and have none
 * now are charged to the potentials of one mode of the path that say -inf
 * there; asked only where there are such rows, and not counted as rewards.
 * Before the end those of mode "rate" are lost as well, if moves advance: the
 * target's paths may come back from where it is zero, these cannot. */
void blame_path(const struct site *site, enum potential_mode mode,
                const struct path_point *at, const double *x,
                const double *before, const double *logw);

/* Where the potential that has refused most stands; no file: none has. */
struct place blame_place(const struct run *run);
/* "; refused by potential 'a' (12 particles), 'b' (3)" so far in the run. */
void blame_text(const struct run *run, char *text, size_t bytes);

#endif
