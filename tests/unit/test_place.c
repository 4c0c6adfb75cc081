/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows for copies: survivors stay, the dead are filled in order, in chunks as
 * at once; entries against the contract are found wherever they stand. */
#include "sampler/place.h"

#include "sampler_fixture.h"

enum { N = 3 * 2048 + 17, CHUNKS = 4 };
static double w[N], logw_out[N], logw[2][N];
static uint32_t ancestor[N], n_copies[N], dead[N], source[2][N];
static struct place_chunk chunks[CHUNKS];

static struct placement placement(size_t n, int way) {
  return (struct placement){.n = n,
                            .log_n = log((double)n),
                            .w = w,
                            .logw_out = logw_out,
                            .ancestor = ancestor,
                            .n_copies = n_copies,
                            .dead = dead,
                            .chunks = chunks,
                            .source = source[way],
                            .logw = logw[way]};
}

/* Rising ancestors out of every gap-th row, from `first` on. */
static void make(size_t n, size_t first, size_t gap) {
  for (size_t i = 0; i < n; i++) {
    size_t row = first + (n - first) * i / n;
    ancestor[i] = (uint32_t)(row - row % gap > first ? row - row % gap : first);
    w[i] = 1.0 / (double)n;
    logw_out[i] = -log((double)n) - (double)(i % 7);
  }
}

static struct place_sum look(const struct placement *p) {
  for (size_t k = place_n_chunks(p->n); k-- > 0;) place_look(p, k);
  return place_seen(p);
}

static void expect_both_ways(size_t n) {
  struct placement whole = placement(n, 0), parts = placement(n, 1);
  struct place_sum all = place_all(&whole), seen = look(&parts);
  ck_assert_uint_eq(seen.breach, n);
  ck_assert(seen.is_rising);
  ck_assert_uint_eq(seen.n_same, all.n_same);
  for (size_t k = place_n_chunks(n); k-- > 0;) place_put(&parts, k, false);
  ck_assert_mem_eq(source[0], source[1], n * sizeof *source[0]);
  ck_assert_mem_eq(logw[0], logw[1], n * sizeof *logw[0]);
}

START_TEST(chunks_give_the_rows_of_the_whole) {
  static const size_t sizes[] = {1, 2, 2047, 2048, 2049, 4096, N};
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
    for (size_t gap = 1; gap < 6000; gap = gap * 3 + 1)
      for (size_t first = 0; first < sizes[s]; first += sizes[s] / 3 + 1) {
        make(sizes[s], first, gap);
        expect_both_ways(sizes[s]);
      }
}
END_TEST

START_TEST(a_survivor_stays_and_the_dead_are_filled_in_order) {
  static const uint32_t from[6] = {1, 1, 1, 4, 4, 5};
  static const uint32_t expected[6] = {1, 1, 1, 4, 4, 5};
  struct placement p = placement(6, 0);
  make(6, 0, 1);
  memcpy(ancestor, from, sizeof from);
  place_all(&p);
  ck_assert_mem_eq(source[0], expected, sizeof expected);
  /* Entry 0 stays in row 1, entries 1, 2 and 4 go to rows 0, 2 and 3. */
  static const double entry[6] = {1, 0, 2, 4, 3, 5};
  for (size_t i = 0; i < 6; i++)
    ck_assert_double_eq_tol(logw[0][i], -entry[i], 1e-15);
}
END_TEST

/* Copies of 1, 1, 1, 4, 4, 5: 4 pairs; (9 + 4 + 1)/36.  With weights 1 to 6 of
 * 21: (6^2 + 9^2 + 6^2)/441. */
START_TEST(pairs_of_one_parent_are_counted_by_weight) {
  static const uint32_t from[2][6] = {{1, 1, 1, 4, 4, 5}, {4, 1, 5, 1, 4, 1}};
  for (size_t k = 0; k < 2; k++) {
    struct placement p = placement(6, 0);
    make(6, 0, 1);
    memcpy(ancestor, from[k], sizeof from[k]);
    for (size_t j = 0; j < 6; j++) logw_out[j] = -log(6);
    struct place_sum sum = place_all(&p);
    ck_assert(sum.is_even);
    ck_assert_uint_eq(sum.n_same, 4);
    ck_assert_double_eq_tol(place_same(&p, &sum), 14.0 / 36, 1e-15);
    if (k > 0) continue;
    for (size_t j = 0; j < 6; j++) logw_out[j] = log((double)(j + 1) / 21);
    sum = place_all(&p);
    ck_assert(!sum.is_even);
    ck_assert_double_eq_tol(place_same(&p, &sum), 153.0 / 441, 1e-15);
  }
}
END_TEST

START_TEST(ancestors_that_do_not_rise_are_seen_across_chunks) {
  struct placement p = placement(N, 0);
  make(N, 0, 1);
  ancestor[2047] = 3000;
  struct place_sum sum = look(&p);
  ck_assert_uint_eq(sum.breach, N);
  ck_assert(!sum.is_rising);
}
END_TEST

START_TEST(the_first_breach_is_found) {
  struct placement p = placement(N, 0);
  make(N, 0, 1);
  ancestor[N - 1] = N;
  ck_assert_uint_eq(look(&p).breach, N - 1);
  make(N, 0, 1);
  logw_out[5000] = KAC_INF;
  ck_assert_uint_eq(look(&p).breach, 5000);
  make(N, 0, 1);
  w[ancestor[2100]] = 0;
  ck_assert_uint_eq(look(&p).breach, 2100);
  logw_out[3] = KAC_NAN;
  ck_assert_uint_eq(look(&p).breach, 3);
  ck_assert_uint_eq(place_breach(&p, 0, N), 3);
  ck_assert_uint_eq(place_breach(&p, 4, 2100), N);
}
END_TEST

int main(void) {
  const TTest *const tests[] = {
      chunks_give_the_rows_of_the_whole,
      a_survivor_stays_and_the_dead_are_filled_in_order,
      pairs_of_one_parent_are_counted_by_weight,
      ancestors_that_do_not_rise_are_seen_across_chunks,
      the_first_breach_is_found,
  };
  return RIG_SUITE("place", tests);
}
