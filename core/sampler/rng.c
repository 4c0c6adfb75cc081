/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Philox in structure-of-arrays form, so that the ten rounds run in vector
 * lanes over cells.  A cell is one counter and one call: 128 bits, of which two
 * columns of a row take 64 each, uniforms one number and normals one pair.
 * Bits, radius and angle have loops of their own: in short bodies the long
 * chains of several cells overlap.  Compiled with -ffp-contract=off: the
 * results do not depend on CPU or compiler. */
#include "sampler/rng.h"

#include <kac/sdk.h>

enum { CELLS = 128 };
struct cells {
  uint32_t c0[CELLS], c1[CELLS], c2[CELLS], c3[CELLS];
  uint64_t half0[CELLS], half1[CELLS]; /* 64 random bits each */
};

KAC_INLINE void philox(uint32_t *c0, uint32_t *c1, uint32_t *c2, uint32_t *c3,
                       uint32_t k0, uint32_t k1) {
  for (int round = 0; round < 10; round++) {
    uint64_t p = (uint64_t)0xD2511F53u * *c0;
    uint64_t q = (uint64_t)0xCD9E8D57u * *c2;
    uint32_t n0 = (uint32_t)(q >> 32) ^ *c1 ^ k0;
    uint32_t n2 = (uint32_t)(p >> 32) ^ *c3 ^ k1;
    *c1 = (uint32_t)q;
    *c3 = (uint32_t)p;
    *c0 = n0;
    *c2 = n2;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
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

/* The same with every word in a 64-bit lane. */
KAC_INLINE void philox_wide(uint64_t *c0, uint64_t *c1, uint64_t *c2,
                            uint64_t *c3, uint32_t k0, uint32_t k1) {
  const uint64_t low = 0xffffffffu;
  for (int round = 0; round < 10; round++) {
    uint64_t p = 0xD2511F53ull * *c0, q = 0xCD9E8D57ull * *c2;
    uint64_t n0 = (q >> 32) ^ (*c1 ^ k0), n2 = (p >> 32) ^ (*c3 ^ k1);
    *c1 = q & low;
    *c3 = p & low;
    *c0 = n0;
    *c2 = n2;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
}

KAC_CLONES static void narrow_bits(struct cells *c, struct rng_key key) {
  for (size_t i = 0; i < CELLS; i++) {
    uint32_t a = c->c0[i], b = c->c1[i], d = c->c2[i], e = c->c3[i];
    philox(&a, &b, &d, &e, key.k0, key.k1);
    c->half0[i] = (uint64_t)b << 32 | a;
    c->half1[i] = (uint64_t)e << 32 | d;
  }
}

KAC_CLONES static void wide_bits(struct cells *c, struct rng_key key) {
  for (size_t i = 0; i < CELLS; i++) {
    uint64_t a = c->c0[i], b = c->c1[i], d = c->c2[i], e = c->c3[i];
    philox_wide(&a, &b, &d, &e, key.k0, key.k1);
    c->half0[i] = b << 32 | a;
    c->half1[i] = e << 32 | d;
  }
}

/* Wide lanes need no shuffles, and win where the CPU multiplies 64-bit lanes
 * in one instruction. */
static void make_bits(struct cells *c, struct rng_key key) {
#if defined(__x86_64__) && defined(__GNUC__)
  if (!__builtin_cpu_supports("avx512dq")) {
    narrow_bits(c, key);
    return;
  }
#endif
  wide_bits(c, key);
}

/* 52 random bits as a number in [1,2). */
KAC_INLINE double unit(uint64_t bits) {
  return kac_bits_to_double(bits | 0x3ff0000000000000ull);
}

/* A uniform has 52 random bits; half a unit keeps it off 0. */
KAC_CLONES static void uniforms(const uint64_t *restrict half,
                                double *restrict out) {
  for (size_t i = 0; i < CELLS; i++)
    out[i] = unit(half[i] >> 12) - (1.0 - 0x1p-53);
}

/* Box-Muller from 64 bits: 40 for the radius, up to 7.5 (as many normals as
 * 2e13 have one beyond), 24 for the direction.  Both lie in the middle of their
 * cells: the directions are symmetric and none is along an axis.  More than
 * single precision is not in 24 bits, and single precision has twice the lanes:
 * the polynomials (least largest error on their intervals, 6e-9 and below) and
 * what follows them are float. */

/* log(u) = e log 2 + log(1 + f), 1 + f in [sqrt(1/2), sqrt 2): exact until f is
 * rounded, so that radii near 0 keep their digits. */
KAC_CLONES static void split(const uint64_t *restrict half, float *restrict e,
                             float *restrict f) {
  for (size_t i = 0; i < CELLS; i++) {
    uint64_t u = kac_double_to_bits(unit(half[i] >> 24 << 12) - (1 - 0x1p-41));
    int64_t k = (int64_t)(u - 0x3fe6a09e667f3bcdull) >> 52;
    e[i] = (float)(kac_bits_to_double((uint64_t)(k + 0x4338000000000000ll)) -
                   0x1.8p52);
    f[i] = (float)(kac_bits_to_double(u - ((uint64_t)k << 52)) - 1.0);
  }
}

KAC_CLONES static void radii(const float *restrict e, const float *restrict f,
                             float *restrict radius) {
  for (size_t i = 0; i < CELLS; i++) {
    float x = f[i], p = -0.078654445f;
    p = p * x + 0.12879199f;
    p = p * x - 0.13125297f;
    p = p * x + 0.1418142f;
    p = p * x - 0.1662497f;
    p = p * x + 0.20002283f;
    p = p * x - 0.25000797f;
    p = p * x + 0.33333317f;
    p = x * x * (p * x - 0.5f) + x;
    radius[i] = sqrtf(-2.0f * (e[i] * 0.6931472f + p));
  }
}

/* sin and cos of (pi/2) x, |x| < 1/2. */
KAC_INLINE float sine(float x) {
  float t = x * x, p = -0.0045954474f;
  p = p * t + 0.07967737f;
  p = p * t - 0.64596314f;
  return x * (p * t + 1.5707963f);
}

KAC_INLINE float cosine(float x) {
  float t = x * x, p = 0.00090363170f;
  p = p * t - 0.020860072f;
  p = p * t + 0.2536692f;
  p = p * t - 1.2337005f;
  return p * t + 1.0f;
}

KAC_INLINE float with_sign(float x, uint32_t sign) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  bits ^= sign;
  memcpy(&x, &bits, sizeof x);
  return x;
}

/* The angle is (pi/2) (q + x): the quadrant q swaps and signs sin and cos. */
KAC_CLONES static void turn(const uint64_t *restrict half,
                            const float *restrict radius, double *restrict z0,
                            double *restrict z1) {
  for (size_t i = 0; i < CELLS; i++) {
    uint32_t bits = (uint32_t)half[i], q = bits >> 22;
    int32_t odd = (int32_t)((bits & 0x3fffff) << 1) + 1 - 0x400000;
    float x = (float)odd * 0x1p-23f, s = sine(x), c = cosine(x);
    float p0 = (q & 1) ? s : c, p1 = (q & 1) ? c : s;
    z0[i] = (double)(radius[i] * with_sign(p0, ((q + 1) & 2) << 30));
    z1[i] = (double)(radius[i] * with_sign(p1, (q & 2) << 30));
  }
}

/* One batch: `width` numbers of each cell, in as many arrays. */
struct batch {
  struct cells cells;
  size_t width;
  double z[4][CELLS];
};
typedef void make_fn(struct batch *, struct rng_key);

static void make_uniforms(struct batch *b, struct rng_key key) {
  make_bits(&b->cells, key);
  uniforms(b->cells.half0, b->z[0]);
  uniforms(b->cells.half1, b->z[1]);
}

static void make_pair(const uint64_t *half, double *z0, double *z1) {
  float e[CELLS], f[CELLS], radius[CELLS];
  split(half, e, f);
  radii(e, f, radius);
  turn(half, radius, z0, z1);
}

static void make_normals(struct batch *b, struct rng_key key) {
  make_bits(&b->cells, key);
  make_pair(b->cells.half0, b->z[0], b->z[1]);
  if (b->width == 4) make_pair(b->cells.half1, b->z[2], b->z[3]);
}

/* Counters of the next CELLS cells, row by row; *row and *cell move on. */
KAC_CLONES static void count_cells(struct cells *c, struct rng_address at,
                                   size_t n_cells, size_t *row, size_t *cell) {
  for (size_t i = 0; i < CELLS;) {
    size_t left = n_cells - *cell;
    size_t n = left < CELLS - i ? left : CELLS - i;
    uint32_t c0 = at.row + (uint32_t)*row;
    uint32_t c3 = at.draw << 20 | (uint32_t)*cell;
    for (size_t k = 0; k < n; k++) {
      c->c0[i + k] = c0;
      c->c3[i + k] = c3 + (uint32_t)k;
    }
    i += n;
    *cell = n == left ? 0 : *cell + n;
    *row += n == left;
  }
}

/* Few columns: a cell is a row. */
static void count_rows(struct cells *c, struct rng_address at, size_t *row) {
  for (size_t i = 0; i < CELLS; i++) {
    c->c0[i] = at.row + (uint32_t)(*row + i);
    c->c3[i] = at.draw << 20;
  }
  *row += CELLS;
}

/* Where the cells' numbers go. */
struct target {
  double *out;
  size_t ld, n_col, row, col;
};

KAC_CLONES static void interleave_2(const struct batch *b, size_t m,
                                    double *restrict out) {
  for (size_t i = 0; i < m; i++) {
    out[2 * i] = b->z[0][i];
    out[2 * i + 1] = b->z[1][i];
  }
}

KAC_CLONES static void interleave_4(const struct batch *b, size_t m,
                                    double *restrict out) {
  for (size_t i = 0; i < m; i++)
    for (size_t k = 0; k < 4; k++) out[4 * i + k] = b->z[k][i];
}

static void put(struct target *to, const struct batch *b, size_t m) {
  if (to->ld == to->n_col && to->n_col % b->width == 0) { /* one stream */
    if (b->width == 2)
      interleave_2(b, m, to->out);
    else
      interleave_4(b, m, to->out);
    to->out += b->width * m;
    return;
  }
  for (size_t i = 0; i < m; i++) {
    double *at = to->out + to->row * to->ld + to->col;
    size_t left = to->n_col - to->col;
    for (size_t k = 0; k < b->width && k < left; k++) at[k] = b->z[k][i];
    to->row += left <= b->width;
    to->col = left <= b->width ? 0 : to->col + b->width;
  }
}

static void fill(make_fn *make, size_t width, struct rng_key key,
                 struct rng_address at, size_t n, double *out, size_t ld,
                 size_t n_col) {
  struct batch b;
  struct target to = {.out = out, .ld = ld, .n_col = n_col};
  size_t n_cells = (n_col + width - 1) / width, row = 0, cell = 0;
  b.width = width;
  for (size_t i = 0; i < CELLS; i++) {
    b.cells.c1[i] = at.replicate;
    b.cells.c2[i] = at.step;
  }
  for (size_t left = n * n_cells; left > 0;) {
    size_t m = left < CELLS ? left : CELLS;
    if (n_cells == 1)
      count_rows(&b.cells, at, &row);
    else
      count_cells(&b.cells, at, n_cells, &row, &cell);
    make(&b, key);
    put(&to, &b, m);
    left -= m;
  }
}

void rng_normal(struct rng_key key, struct rng_address address, size_t n,
                double *out, size_t ld, size_t n_col) {
  fill(make_normals, n_col <= 2 ? 2 : 4, key, address, n, out, ld, n_col);
}

void rng_uniform(struct rng_key key, struct rng_address address, size_t n,
                 double *out, size_t ld, size_t n_col) {
  fill(make_uniforms, 2, key, address, n, out, ld, n_col);
}
