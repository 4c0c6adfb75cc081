/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rows that a move works on: those of a block, where the population keeps
 * them, or a copy of them (children.c). */
#ifndef KAC_CORE_MOVE_H
#define KAC_CORE_MOVE_H
#include "sampler/run.h"

struct move_rows {
  double *x, *logw;
  double *twist;  /* NULL: there are none */
  kac_field_io f; /* at (t0, x); at (t1, x') after the move, where it is kept */
};

/* From the weighted rows at t0 to t1: the advancing move, the invariant moves,
 * the twists, with plugins' bytes at site->pstate and random numbers by
 * site->sub.  False with a fault. [worker] */
bool move_propose(struct run *run, const struct site *site,
                  struct move_rows *rows);

#endif
