/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random numbers as a pure function of (seed, use, replicate, row, step, draw,
 * column): Philox4x32-10 (Salmon, Moraes, Dror, Shaw, SC 2011) and Box-Muller
 * with polynomials of our own, so that every machine gives the same bits. */
#ifndef KAC_CORE_RNG_H
#define KAC_CORE_RNG_H
#include <stddef.h>
#include <stdint.h>

struct rng_key {
  uint32_t k0, k1;
};
/* Rows row, row + 1, ... of one replicate at one step. */
struct rng_address {
  uint32_t replicate, row, step, draw; /* draw < 4096 */
};

/* One stream per (use, sub): an instance and, say, its k-th repeat. */
struct rng_key rng_key(uint64_t seed, uint32_t use, uint32_t sub);
/* out[i * ld + j], i < n, j < n_col <= 2^21: standard normals. [any] */
void rng_normal(struct rng_key key, struct rng_address address, size_t n,
                double *out, size_t ld, size_t n_col);
/* How many rows are drawn at no loss: the cells of whole batches. */
size_t rng_rows(size_t n_col);
/* The same for uniforms in (0,1). [any] */
void rng_uniform(struct rng_key key, struct rng_address address, size_t n,
                 double *out, size_t ld, size_t n_col);
/* The bijection itself, for known-answer tests. */
void rng_philox(const uint32_t counter[4], const uint32_t key[2],
                uint32_t out[4]);

#endif
