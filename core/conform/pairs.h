/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Many short steps of a move from the same points, in pairs of a noise and its
 * mirror image: a drift that does not depend on the noise is left alone in the
 * mean of a pair. */
#ifndef KAC_CORE_PAIRS_H
#define KAC_CORE_PAIRS_H
#include "conform/laws.h"
#include "conform/tally.h"

enum { PAIRS_DIM = 3, PAIRS_ROWS = 64 };
struct pairs {
  double du, eps;
  /* The field at the rows, and what it makes of them: the mean of what is
   * moved for each number, per unit of u; of the square of what is not drift,
   * in units of 2 eps du (0 without noise); of exp(dlogw).  All weighted with
   * exp(dlogw), by which a move may make up for another proposal. */
  double b[PAIRS_ROWS * PAIRS_DIM], s[PAIRS_ROWS * PAIRS_DIM];
  struct tally moved[PAIRS_ROWS * PAIRS_DIM], spread, weight;
};

/* Of a plugin that advances by steps and keeps no bytes per particle, on
 * Gaussian data near the end of a run.  False with a verdict. */
bool pairs_take(struct pairs *pairs, struct trial *trial);

#endif
