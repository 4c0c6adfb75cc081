/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Uniforms and normals from the bits of cells (philox.h).  Two columns of a row
 * take 64 bits of a cell each: uniforms one number and normals one pair.
 * Bits, radius and angle have loops of their own: in short bodies the long
 * chains of several cells overlap.  Compiled with -ffp-contract=off: the
 * results do not depend on CPU or compiler. */
#include "sampler/rng.h"

#include <kac/sdk.h>
#include <stdbool.h>

#include "sampler/philox.h"

/* 52 random bits as a number in [1,2). */
KAC_INLINE double unit(uint64_t bits) {
  return kac_bits_to_double(bits | 0x3ff0000000000000ull);
}

/* 52 random bits; half a unit keeps it off 0. */
KAC_INLINE double uniform(uint64_t bits) {
  return unit(bits >> 12) - (1.0 - 0x1p-53);
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
                            const float *restrict radius, float *restrict z0,
                            float *restrict z1) {
  for (size_t i = 0; i < CELLS; i++) {
    uint32_t bits = (uint32_t)half[i], q = bits >> 22;
    int32_t odd = (int32_t)((bits & 0x3fffff) << 1) + 1 - 0x400000;
    float x = (float)odd * 0x1p-23f, s = sine(x), c = cosine(x);
    float p0 = (q & 1) ? s : c, p1 = (q & 1) ? c : s;
    z0[i] = radius[i] * with_sign(p0, ((q + 1) & 2) << 30);
    z1[i] = radius[i] * with_sign(p1, (q & 2) << 30);
  }
}

/* The numbers of all cells, `width` for each, side by side. */
typedef void make_fn(struct cells *, struct rng_key, size_t width, double *out);

KAC_CLONES static void make_uniforms(struct cells *cells, struct rng_key key,
                                     size_t width, double *restrict out) {
  (void)width;
  philox_bits(cells, key);
  for (size_t i = 0; i < CELLS; i++) {
    out[2 * i] = uniform(cells->half0[i]);
    out[2 * i + 1] = uniform(cells->half1[i]);
  }
}

static void make_pair(const uint64_t *half, float *z0, float *z1) {
  float e[CELLS], f[CELLS], radius[CELLS];
  split(half, e, f);
  radii(e, f, radius);
  turn(half, radius, z0, z1);
}

KAC_CLONES static void interleave_2(float z[restrict 2][CELLS],
                                    double *restrict out) {
  for (size_t i = 0; i < CELLS; i++) {
    out[2 * i] = (double)z[0][i];
    out[2 * i + 1] = (double)z[1][i];
  }
}

typedef float eight __attribute__((vector_size(32)));

/* Cells i and i + 4 of eight, four numbers each. */
KAC_INLINE void put_two(const eight *row, double *out) {
  for (size_t k = 0; k < 4; k++) {
    out[k] = (double)(*row)[k];
    out[16 + k] = (double)(*row)[4 + k];
  }
}

/* Turned four by four: the compiler would gather number by number. */
KAC_CLONES static void interleave_4(float z[restrict 4][CELLS],
                                    double *restrict out) {
  for (size_t i = 0; i < CELLS; i += 8, out += 32) {
    eight a, b, c, d;
    memcpy(&a, &z[0][i], sizeof a);
    memcpy(&b, &z[1][i], sizeof b);
    memcpy(&c, &z[2][i], sizeof c);
    memcpy(&d, &z[3][i], sizeof d);
    eight ac0 = __builtin_shufflevector(a, c, 0, 8, 1, 9, 4, 12, 5, 13);
    eight ac2 = __builtin_shufflevector(a, c, 2, 10, 3, 11, 6, 14, 7, 15);
    eight bd0 = __builtin_shufflevector(b, d, 0, 8, 1, 9, 4, 12, 5, 13);
    eight bd2 = __builtin_shufflevector(b, d, 2, 10, 3, 11, 6, 14, 7, 15);
    a = __builtin_shufflevector(ac0, bd0, 0, 8, 1, 9, 4, 12, 5, 13);
    b = __builtin_shufflevector(ac0, bd0, 2, 10, 3, 11, 6, 14, 7, 15);
    c = __builtin_shufflevector(ac2, bd2, 0, 8, 1, 9, 4, 12, 5, 13);
    d = __builtin_shufflevector(ac2, bd2, 2, 10, 3, 11, 6, 14, 7, 15);
    put_two(&a, out);
    put_two(&b, out + 4);
    put_two(&c, out + 8);
    put_two(&d, out + 12);
  }
}

static void make_normals(struct cells *cells, struct rng_key key, size_t width,
                         double *out) {
  float z[4][CELLS];
  philox_bits(cells, key);
  make_pair(cells->half0, z[0], z[1]);
  if (width == 4) make_pair(cells->half1, z[2], z[3]);
  if (width == 4)
    interleave_4(z, out);
  else
    interleave_2(z, out);
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

/* Where the numbers of the cells go. */
struct target {
  double *out;
  size_t ld, n_col, width, row, col;
};

/* Of m cells: rows of n_col numbers, of which the last cell may have more. */
static void put(struct target *to, const double *from, size_t m) {
  size_t row_width = (to->n_col + to->width - 1) / to->width * to->width;
  for (size_t n = m * to->width; n > 0;) {
    size_t left = row_width - to->col, some = left < n ? left : n;
    size_t wanted = to->n_col - to->col;
    memcpy(to->out + to->row * to->ld + to->col, from,
           (some < wanted ? some : wanted) * sizeof *from);
    from += some;
    n -= some;
    to->row += some == left;
    to->col = some == left ? 0 : to->col + some;
  }
}

static void fill(make_fn *make, size_t width, struct rng_key key,
                 struct rng_address at, size_t n, double *out, size_t ld,
                 size_t n_col) {
  struct cells cells;
  double some[4 * CELLS];
  struct target to = {.out = out, .ld = ld, .n_col = n_col, .width = width};
  size_t n_cells = (n_col + width - 1) / width, row = 0, cell = 0;
  bool is_stream = ld == n_col && n_col % width == 0;
  for (size_t i = 0; i < CELLS; i++) {
    cells.c1[i] = at.replicate;
    cells.c2[i] = at.step;
  }
  for (size_t left = n * n_cells; left > 0;) {
    size_t m = left < CELLS ? left : CELLS;
    if (n_cells == 1)
      count_rows(&cells, at, &row);
    else
      count_cells(&cells, at, n_cells, &row, &cell);
    bool is_direct = is_stream && m == CELLS;
    make(&cells, key, width, is_direct ? out : some);
    if (!is_direct && is_stream) memcpy(out, some, m * width * sizeof *out);
    if (!is_stream) put(&to, some, m);
    if (is_stream) out += width * m;
    left -= m;
  }
}

static size_t normals_of_cell(size_t n_col) {
  return n_col <= 2 ? 2 : 4;
}

void rng_normal(struct rng_key key, struct rng_address address, size_t n,
                double *out, size_t ld, size_t n_col) {
  fill(make_normals, normals_of_cell(n_col), key, address, n, out, ld, n_col);
}

size_t rng_rows(size_t n_col) {
  size_t width = normals_of_cell(n_col), n_cells = (n_col + width - 1) / width;
  return n_cells > 0 && n_cells < 2 * CELLS ? 2 * CELLS / n_cells : 1;
}

void rng_uniform(struct rng_key key, struct rng_address address, size_t n,
                 double *out, size_t ld, size_t n_col) {
  fill(make_uniforms, 2, key, address, n, out, ld, n_col);
}
