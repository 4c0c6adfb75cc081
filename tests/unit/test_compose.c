/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inner loops against plain ones, bit for bit where one operation per
 * number leaves no choice. */
#include "sampler/compose.h"

#include "sampler_fixture.h"

enum { MOST = 70 * 33 };
static double a[MOST], b[MOST], out[MOST];

static void make(uint64_t seed) {
  for (size_t i = 0; i < MOST; i++) {
    a[i] = rig_between(&seed, -2, 2);
    b[i] = rig_between(&seed, -2, 2);
    out[i] = rig_between(&seed, -2, 2);
  }
}

static const size_t LENGTHS[] = {0, 1, 7, 8, 9, 255, MOST};

START_TEST(sums_over_numbers_are_the_plain_ones) {
  for (size_t k = 0; k < 7; k++) {
    static double kept[MOST];
    size_t n = LENGTHS[k];
    make(k);
    memcpy(kept, out, sizeof kept);
    compose_add(out, b, -1.7, n);
    for (size_t i = 0; i < MOST; i++) {
      double product = -1.7 * b[i];
      ck_assert(rig_same(out[i], i < n ? kept[i] + product : kept[i]));
    }
    compose_scale(out, b, 0.3, n);
    for (size_t i = 0; i < n; i++) ck_assert(rig_same(out[i], 0.3 * b[i]));
    compose_mix(out, 0.3, a, -2.1, b, n);
    for (size_t i = 0; i < n; i++) {
      double first = 0.3 * a[i], second = -2.1 * b[i];
      ck_assert(rig_same(out[i], first + second));
    }
  }
}
END_TEST

START_TEST(two_in_one_pass_are_the_two_one_after_the_other) {
  static const size_t dims[] = {1, 2, 3, 7, 8, 9, 16, 33};
  static double apart[MOST];
  for (size_t k = 0; k < 8; k++) {
    size_t d = dims[k], n = 70;
    double square[70] = {0}, expected[70] = {0};
    make(k);
    compose_scale(apart, b, 0.3, n * d);
    compose_dot(expected, b, b, 0.3, n, d);
    compose_scale_dot(out, b, 0.3, square, n, d);
    ck_assert_mem_eq(out, apart, n * d * sizeof *out);
    ck_assert_mem_eq(square, expected, sizeof square);
    compose_mix(apart, 0.3, a, -2.1, b, n * d);
    compose_dot(expected, b, b, 0.7, n, d);
    compose_mix_dot(out, 0.3, a, -2.1, b, 0.7, square, n, d);
    ck_assert_mem_eq(out, apart, n * d * sizeof *out);
    ck_assert_mem_eq(square, expected, sizeof square);
  }
}
END_TEST

START_TEST(products_of_rows_are_the_plain_ones) {
  static const size_t dims[] = {1, 2, 3, 7, 8, 9, 16, 33};
  for (size_t k = 0; k < 8; k++) {
    size_t d = dims[k], n = 70;
    double seen[70];
    make(k);
    for (size_t i = 0; i < n; i++) seen[i] = out[i];
    compose_dot(seen, a, b, 0.5, n, d);
    for (size_t i = 0; i < n; i++) {
      long double sum = 0;
      for (size_t j = 0; j < d; j++)
        sum += (long double)a[i * d + j] * (long double)b[i * d + j];
      ck_assert_double_eq_tol(seen[i], out[i] + 0.5 * (double)sum, 1e-13);
    }
  }
}
END_TEST

/* At power 1 two such sums must cancel to the last bit, in any block. */
START_TEST(a_product_depends_on_its_row_alone) {
  for (size_t d = 1; d <= 33; d++) {
    double all[70] = {0};
    make(d);
    compose_dot(all, a, b, 1.5, 70, d);
    for (size_t i = 0; i < 70; i++) {
      double one = 0;
      compose_dot(&one, a + i * d, b + i * d, 1.5, 1, d);
      ck_assert(rig_same(one, all[i]));
    }
  }
}
END_TEST

START_TEST(a_row_times_itself_cancels_its_negative) {
  for (size_t d = 1; d <= 33; d++) {
    double sum[70] = {0};
    make(d);
    compose_dot(sum, a, a, 0.7, 70, d);
    compose_dot(sum, a, a, -0.7, 70, d);
    for (size_t i = 0; i < 70; i++) ck_assert(rig_same(sum[i], 0));
  }
}
END_TEST

int main(void) {
  const TTest *const tests[] = {
      sums_over_numbers_are_the_plain_ones,
      two_in_one_pass_are_the_two_one_after_the_other,
      products_of_rows_are_the_plain_ones,
      a_product_depends_on_its_row_alone,
      a_row_times_itself_cancels_its_negative,
  };
  return RIG_SUITE("compose", tests);
}
