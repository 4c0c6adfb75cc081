/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random numbers: the bijection against published vectors, numbers that depend
 * on their address alone, the laws, and streams that do not meet. */
#include "sampler/rng.h"

#include <gsl/gsl_cdf.h>

#include "sampler/philox.h"
#include "sampler_fixture.h"

/* Random123 1.14.0, tests/kat_vectors, lines "philox4x32 10". */
START_TEST(philox_gives_the_known_answers_of_random123) {
  static const uint32_t known[][10] = {
      {0, 0, 0, 0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8},
      {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff,
       0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd},
      {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0,
       0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}};
  for (size_t k = 0; k < 3; k++) {
    uint32_t out[4];
    rng_philox(known[k], known[k] + 4, out);
    ck_assert_mem_eq(out, known[k] + 6, sizeof out);
  }
}
END_TEST

/* In lanes of either width. */
START_TEST(cells_are_the_bijection_on_any_cpu) {
  static struct cells wide, narrow;
  struct rng_key key = {0xa4093822, 0x299f31d0};
  uint64_t seed = 3;
  for (size_t i = 0; i < CELLS; i++) {
    uint32_t *const words[] = {wide.c0, wide.c1, wide.c2, wide.c3};
    for (size_t k = 0; k < 4; k++)
      words[k][i] = (uint32_t)(rig_between(&seed, 0, 1) * 0x1p32);
  }
  narrow = wide;
  philox_bits(&wide, key);
  philox_narrow_bits(&narrow, key);
  for (size_t i = 0; i < CELLS; i++) {
    const uint32_t counter[4] = {wide.c0[i], wide.c1[i], wide.c2[i],
                                 wide.c3[i]};
    const uint32_t words[2] = {key.k0, key.k1};
    uint32_t out[4];
    rng_philox(counter, words, out);
    rig_assert(wide.half0[i] == ((uint64_t)out[1] << 32 | out[0]));
    rig_assert(wide.half1[i] == ((uint64_t)out[3] << 32 | out[2]));
  }
  ck_assert_mem_eq(wide.half0, narrow.half0, sizeof wide.half0);
  ck_assert_mem_eq(wide.half1, narrow.half1, sizeof wide.half1);
}
END_TEST

typedef void fill_fn(struct rng_key, struct rng_address, size_t, double *,
                     size_t, size_t);
static fill_fn *const fills[] = {rng_normal, rng_uniform};
static const struct rng_address HERE = {3, 17, 5, 2};

/* The first column pair of a row is one cell of the bijection: the counter is
 * (row, replicate, step, draw 2^20 + pair). */
START_TEST(a_uniform_is_52_bits_of_its_own_counter) {
  struct rng_key key = rng_key(42, 7, 1);
  double out[6];
  rng_uniform(key, HERE, 2, out, 3, 3);
  for (uint32_t row = 0; row < 2; row++)
    for (uint32_t j = 0; j < 3; j++) {
      const uint32_t counter[4] = {17 + row, 3, 5, 2u << 20 | j / 2};
      const uint32_t words[2] = {key.k0, key.k1};
      uint32_t bits[4];
      rng_philox(counter, words, bits);
      uint64_t all = (uint64_t)bits[2 * (j % 2) + 1] << 32 | bits[2 * (j % 2)];
      double expected = ((double)(all >> 12) + 0.5) * 0x1p-52;
      rig_assert(rig_same(out[row * 3 + j], expected));
    }
}
END_TEST

/* Four columns are one cell, two pairs of Box-Muller with 40 bits of radius and
 * 24 of direction; here through the mathematics library. */
START_TEST(a_pair_of_normals_is_64_bits_of_its_counter) {
  struct rng_key key = rng_key(42, 7, 1);
  enum { WIDE = 7 };
  double out[2 * WIDE];
  rng_normal(key, HERE, 2, out, WIDE, WIDE);
  for (uint32_t row = 0; row < 2; row++)
    for (uint32_t j = 0; j < WIDE; j++) {
      const uint32_t counter[4] = {17 + row, 3, 5, 2u << 20 | j / 4};
      const uint32_t words[2] = {key.k0, key.k1};
      uint32_t bits[4];
      rng_philox(counter, words, bits);
      uint32_t low = bits[j % 4 / 2 * 2], high = bits[j % 4 / 2 * 2 + 1];
      double u = ((double)((uint64_t)high << 8 | low >> 24) + 0.5) * 0x1p-40;
      double turn = ((double)(low & 0xffffff) + 0.5) * 0x1p-24 - 0.125;
      double angle = 2 * acos(-1) * turn, radius = sqrt(-2 * log(u));
      double z = radius * (j % 2 ? sin(angle) : cos(angle));
      rig_assert(fabs(out[row * WIDE + j] - z) < 3e-7 * radius);
    }
}
END_TEST

enum { ROWS = 301, COLS = 7 };

START_TEST(numbers_do_not_depend_on_the_split_into_blocks) {
  static const size_t lengths[] = {1, 2, 63, 64, 65, 106};
  static double whole[ROWS * COLS], part[ROWS * COLS];
  struct rng_key key = rng_key(1, 2, 3);
  for (size_t k = 0; k < 2; k++) {
    size_t first = 0;
    fills[k](key, HERE, ROWS, whole, COLS, COLS);
    for (size_t i = 0; i < 6; first += lengths[i++]) {
      struct rng_address at = HERE;
      at.row += (uint32_t)first;
      fills[k](key, at, lengths[i], part + first * COLS, COLS, COLS);
    }
    ck_assert_uint_eq(first, ROWS);
    ck_assert_mem_eq(whole, part, sizeof whole);
  }
}
END_TEST

START_TEST(numbers_do_not_depend_on_ld_or_on_more_columns) {
  enum { LD = 11 };
  static double whole[ROWS * COLS], wide[ROWS * LD];
  struct rng_key key = rng_key(1, 2, 3);
  for (size_t k = 0; k < 2; k++)
    for (size_t n_col = 1; n_col <= COLS; n_col++) {
      fills[k](key, HERE, ROWS, whole, COLS, COLS);
      for (size_t i = 0; i < ROWS * LD; i++) wide[i] = -7.25e77;
      fills[k](key, HERE, ROWS, wide, LD, n_col);
      for (size_t i = 0; i < ROWS; i++)
        for (size_t j = 0; j < LD; j++)
          rig_assert(rig_same(wide[i * LD + j],
                              j < n_col ? whole[i * COLS + j] : -7.25e77));
    }
}
END_TEST

START_TEST(nothing_is_written_for_no_rows_or_no_columns) {
  double out = 5;
  rng_normal(rng_key(1, 1, 1), HERE, 0, &out, 1, 1);
  rng_normal(rng_key(1, 1, 1), HERE, 1, &out, 1, 0);
  ck_assert(rig_same(out, 5));
  for (size_t n_col = 0; n_col < 3000; n_col++)
    rig_assert(rng_rows(n_col) >= 1);
}
END_TEST

enum { MANY = 1 << 19 };
static double sample[MANY];

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* sqrt(n) times the largest distance of two distribution functions; above 3.3
 * with probability 2 exp(-2 3.3^2) = 7e-10 (Kolmogorov). */
static double distance(double (*cdf)(double)) {
  double largest = 0;
  qsort(sample, MANY, sizeof *sample, compare);
  for (size_t i = 0; i < MANY; i++) {
    double f = cdf(sample[i]);
    largest = fmax(largest, fabs(f - (double)i / MANY));
    largest = fmax(largest, fabs(f - (double)(i + 1) / MANY));
  }
  return largest * sqrt((double)MANY);
}

/* Gates at 6 standard errors of the power means: variances of x^k are
 * 1, 2, 15, 96. */
START_TEST(normals_have_the_moments_and_the_law_of_normals) {
  static const double expected[] = {0, 1, 0, 3}, variance[] = {1, 2, 15, 96};
  double sum[4] = {0}, product = 0;
  rng_normal(rng_key(11, 16, 0), HERE, MANY / 8, sample, 8, 8);
  for (size_t i = 0; i < MANY; i++) {
    double power = 1;
    for (size_t k = 0; k < 4; k++) sum[k] += (power *= sample[i]) / MANY;
  }
  for (size_t i = 0; i < MANY; i += 2) product += sample[i] * sample[i + 1];
  for (size_t k = 0; k < 4; k++)
    ck_assert_double_eq_tol(sum[k], expected[k], 6 * sqrt(variance[k] / MANY));
  ck_assert_double_eq_tol(product, 0, 6 * sqrt(MANY / 2.0)); /* of one cell */
  ck_assert_double_lt(distance(gsl_cdf_ugaussian_P), 3.3);
}
END_TEST

static double identity(double x) {
  return x;
}

START_TEST(uniforms_have_the_law_of_uniforms_and_fill_the_square) {
  enum { SIDE = 64, FIELDS = SIDE * SIDE };
  static size_t count[FIELDS];
  rng_uniform(rng_key(12, 16, 0), HERE, MANY / 8, sample, 8, 8);
  for (size_t i = 0; i < MANY; i += 2) {
    rig_assert(sample[i] > 0 && sample[i] < 1);
    size_t x = (size_t)(sample[i] * SIDE), y = (size_t)(sample[i + 1] * SIDE);
    count[x * SIDE + y]++;
  }
  double chi2 = 0, mean = MANY / 2.0 / FIELDS;
  for (size_t k = 0; k < FIELDS; k++)
    chi2 += ((double)count[k] - mean) * ((double)count[k] - mean) / mean;
  ck_assert_double_gt(gsl_cdf_chisq_Q(chi2, FIELDS - 1), 1e-8);
  ck_assert_double_gt(gsl_cdf_chisq_P(chi2, FIELDS - 1), 1e-8);
  ck_assert_double_lt(distance(identity), 3.3);
}
END_TEST

/* 2^19 numbers reach |z| = 4.9 on average; the tail is neither cut nor fat. */
START_TEST(normals_reach_into_the_tail) {
  rng_normal(rng_key(13, 16, 0), HERE, MANY / 8, sample, 8, 8);
  double largest = 0;
  for (size_t i = 0; i < MANY; i++) largest = fmax(largest, fabs(sample[i]));
  ck_assert_double_gt(largest, 3.9); /* else p = exp(-2^19 1e-4) */
  ck_assert_double_lt(largest, 7.5); /* else p = 2^19 6e-14 */
}
END_TEST

enum { STREAMS = 93, LENGTH = 1024 };
static double streams[STREAMS][LENGTH];

/* One address apart from (seed 1, use 16, sub 0, replicate, row, step, draw) in
 * one coordinate, by a power of two. */
static void make_stream(size_t k) {
  uint64_t seed = 1;
  uint32_t change[6] = {16, 0, 0, 1u << 20, 0, 0}; /* use sub repl row step */
  if (k >= 1 && k <= 20)
    seed ^= 1ull << (3 * k);
  else if (k > 20)
    change[(k - 21) % 6] ^= 1u << ((k - 21) / 6 % 12 + (k % 6 == 0 ? 11 : 0));
  struct rng_address at = {change[2], change[3], change[4], change[5] & 0xfff};
  rng_normal(rng_key(seed, change[0], change[1]), at, 1, streams[k], LENGTH,
             LENGTH);
}

/* 6 standard errors on 4278 pairs: false alarm 9e-6, and the seed is fixed.
 */
START_TEST(streams_of_different_addresses_are_uncorrelated) {
  for (size_t k = 0; k < STREAMS; k++) make_stream(k);
  for (size_t a = 0; a < STREAMS; a++)
    for (size_t b = 0; b < a; b++) {
      double sum = 0;
      for (size_t i = 0; i < LENGTH; i++) sum += streams[a][i] * streams[b][i];
      ck_assert_msg(fabs(sum) < 6 * sqrt((double)LENGTH),
                    "streams %zu and %zu: %g", a, b, sum);
    }
}
END_TEST

/* Neighbouring rows, columns, steps, draws, replicates: no number twice. */
START_TEST(no_number_is_given_twice) {
  size_t n = 0;
  for (uint32_t replicate = 0; replicate < 4; replicate++)
    for (uint32_t step = 0; step < 4; step++)
      for (uint32_t draw = 0; draw < 4; draw++, n += 4096) {
        struct rng_address at = {replicate, 0, step, draw};
        rng_uniform(rng_key(1, 16, 0), at, 512, sample + n, 8, 8);
      }
  for (uint32_t use = 1; use < 5; use++)
    for (uint32_t sub = 0; sub < 4; sub++, n += 4096)
      rng_uniform(rng_key(1, 16 + use, sub), (struct rng_address){0, 0, 0, 0},
                  512, sample + n, 8, 8);
  qsort(sample, n, sizeof *sample, compare);
  /* 3e5 numbers of 52 bits: a chance pair has p = 1e-5; the seed is fixed. */
  for (size_t i = 1; i < n; i++) rig_assert(sample[i - 1] < sample[i]);
}
END_TEST

/* The last normals of a wide state must not be those that the same instance
 * takes for its next draw (MALA: the acceptance). */
START_TEST(wide_rows_do_not_run_into_the_next_draw) {
  enum { WIDE = 1 << 21 };
  static double wide[WIDE], next[2];
  struct rng_address at = {0, 0, 0, 0};
  rng_uniform(rng_key(1, 16, 0), at, 1, wide, WIDE, WIDE);
  at.draw = 1;
  rng_uniform(rng_key(1, 16, 0), at, 1, next, 2, 2);
  for (size_t i = 0; i < WIDE; i++)
    rig_assert(!rig_same(wide[i], next[0]) && !rig_same(wide[i], next[1]));
}
END_TEST

int main(void) {
  const TTest *const tests[] = {
      philox_gives_the_known_answers_of_random123,
      cells_are_the_bijection_on_any_cpu,
      a_uniform_is_52_bits_of_its_own_counter,
      a_pair_of_normals_is_64_bits_of_its_counter,
      numbers_do_not_depend_on_the_split_into_blocks,
      numbers_do_not_depend_on_ld_or_on_more_columns,
      nothing_is_written_for_no_rows_or_no_columns,
      normals_have_the_moments_and_the_law_of_normals,
      uniforms_have_the_law_of_uniforms_and_fill_the_square,
      normals_reach_into_the_tail,
      streams_of_different_addresses_are_uncorrelated,
      no_number_is_given_twice,
      wide_rows_do_not_run_into_the_next_draw,
  };
  return RIG_SUITE("rng", tests);
}
