/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Philox in structure-of-arrays form, so that the ten rounds run in vector
 * lanes over cells. */
#include "sampler/philox.h"

#include <kac/sdk.h>

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define KAC_HAS_WIDE 1
#endif

/* Multipliers and key increments of the paper. */
static const uint32_t multiplier0 = 0xD2511F53u, multiplier1 = 0xCD9E8D57u;
static const uint32_t weyl0 = 0x9E3779B9u, weyl1 = 0xBB67AE85u;
enum { ROUNDS = 10 };

KAC_INLINE void philox(uint32_t *c0, uint32_t *c1, uint32_t *c2, uint32_t *c3,
                       uint32_t k0, uint32_t k1) {
  for (int round = 0; round < ROUNDS; round++) {
    uint64_t p = (uint64_t)multiplier0 * *c0, q = (uint64_t)multiplier1 * *c2;
    uint32_t n0 = (uint32_t)(q >> 32) ^ *c1 ^ k0;
    uint32_t n2 = (uint32_t)(p >> 32) ^ *c3 ^ k1;
    *c1 = (uint32_t)q;
    *c3 = (uint32_t)p;
    *c0 = n0;
    *c2 = n2;
    k0 += weyl0;
    k1 += weyl1;
  }
}

void rng_philox(const uint32_t counter[4], const uint32_t key[2],
                uint32_t out[4]) {
  memcpy(out, counter, 4 * sizeof *out);
  philox(&out[0], &out[1], &out[2], &out[3], key[0], key[1]);
}

struct rng_key rng_key(uint64_t seed, uint32_t use, uint32_t sub) {
  const uint32_t counter[4] = {use, sub, 0x6b616331u, 0};
  const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
  uint32_t out[4];
  rng_philox(counter, key, out);
  return (struct rng_key){out[0], out[1]};
}

KAC_CLONES void philox_narrow_bits(struct cells *c, struct rng_key key) {
  for (size_t i = 0; i < CELLS; i++) {
    uint32_t a = c->c0[i], b = c->c1[i], d = c->c2[i], e = c->c3[i];
    philox(&a, &b, &d, &e, key.k0, key.k1);
    c->half0[i] = (uint64_t)b << 32 | a;
    c->half1[i] = (uint64_t)e << 32 | d;
  }
}

#ifdef KAC_HAS_WIDE
/* Every word in a 64-bit lane.  The multiplication reads the low half of a lane
 * alone, so what the other operations leave in the high half may stay.  Left to
 * the compiler it is one of 64 by 64 bits, on Intel three times the work. */
typedef uint64_t wide __attribute__((vector_size(64)));
enum { LANES = 8 };

#define KAC_AVX512 __attribute__((target("avx512f")))

KAC_AVX512 static inline wide low_product(wide a, wide b) {
  return (wide)_mm512_mul_epu32((__m512i)a, (__m512i)b);
}

KAC_AVX512 static inline wide words(const uint32_t *from) {
  __m256i eight;
  memcpy(&eight, from, sizeof eight);
  return (wide)_mm512_cvtepu32_epi64(eight);
}

KAC_AVX512 static void wide_bits(struct cells *c, struct rng_key key) {
  const wide m0 = multiplier0 + (wide){0}, m1 = multiplier1 + (wide){0};
  for (size_t i = 0; i < CELLS; i += LANES) {
    wide c0 = words(c->c0 + i), c1 = words(c->c1 + i);
    wide c2 = words(c->c2 + i), c3 = words(c->c3 + i);
    wide k0 = key.k0 + (wide){0}, k1 = key.k1 + (wide){0};
    for (int round = 0; round < ROUNDS; round++) {
      wide p = low_product(m0, c0), q = low_product(m1, c2);
      c0 = (q >> 32) ^ c1 ^ k0;
      c2 = (p >> 32) ^ c3 ^ k1;
      c1 = q;
      c3 = p;
      k0 += weyl0;
      k1 += weyl1;
    }
    wide half0 = c1 << 32 | (c0 & 0xffffffffu);
    wide half1 = c3 << 32 | (c2 & 0xffffffffu);
    memcpy(c->half0 + i, &half0, sizeof half0);
    memcpy(c->half1 + i, &half1, sizeof half1);
  }
}
#endif

void philox_bits(struct cells *cells, struct rng_key key) {
#ifdef KAC_HAS_WIDE
  if (__builtin_cpu_supports("avx512f")) {
    wide_bits(cells, key);
    return;
  }
#endif
  philox_narrow_bits(cells, key);
}
