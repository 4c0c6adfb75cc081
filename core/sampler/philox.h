/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Philox4x32-10 (Salmon, Moraes, Dror, Shaw, SC 2011) over many counters at a
 * time.  A cell is one counter and one call: 128 bits. */
#ifndef KAC_CORE_PHILOX_H
#define KAC_CORE_PHILOX_H
#include "sampler/rng.h"

enum { CELLS = 128 };
struct cells {
  uint32_t c0[CELLS], c1[CELLS], c2[CELLS], c3[CELLS]; /* counters */
  uint64_t half0[CELLS], half1[CELLS];                 /* 64 bits each */
};

/* Fills half0 and half1 of all cells. [any] */
void philox_bits(struct cells *cells, struct rng_key key);
/* The same on a CPU without AVX-512. */
void philox_narrow_bits(struct cells *cells, struct rng_key key);

#endif
