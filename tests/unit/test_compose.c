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

static const size_t DIMS[] = {1, 2, 3, 7, 8, 9, 16, 33};
enum { N_DIMS = 8, ROWS = 70 };

/* What compose_last does at once, one after the other; `sum` holds the only
 * score, or the sum so far of which `score` becomes part. */
static void one_after_the_other(const struct compose_last *c, size_t d,
                                double *square, double *sum_square,
                                double *x_dot_sum) {
  static double kept[MOST];
  const double *score = c->score;
  if (!score) score = memcpy(kept, c->sum, sizeof kept);
  compose_dot(square, score, score, 1, ROWS, d);
  if (c->score)
    compose_add(c->sum, score, c->power, ROWS * d);
  else
    compose_scale(c->sum, score, c->power, ROWS * d);
  compose_mix(c->b, c->to_x, c->x, c->to_sum, c->sum, ROWS * d);
  compose_dot(sum_square, c->sum, c->sum, 1, ROWS, d);
  compose_dot(x_dot_sum, c->x, c->sum, 1, ROWS, d);
}

static void check_last(size_t d, const double *score) {
  static double sum[MOST], drift[MOST], other_sum[MOST], other_drift[MOST];
  double got[3][ROWS], expected[3][ROWS] = {{0}};
  memcpy(sum, out, sizeof sum);
  memcpy(other_sum, out, sizeof sum);
  struct compose_last c = {sum, score, -1.3,   a,      0.3,
                           0.7, drift, got[0], got[1], got[2]};
  compose_last(&c, ROWS, d);
  c.sum = other_sum;
  c.b = other_drift;
  one_after_the_other(&c, d, expected[0], expected[1], expected[2]);
  ck_assert_mem_eq(sum, other_sum, sizeof sum);
  ck_assert_mem_eq(drift, other_drift, ROWS * d * sizeof *drift);
  for (size_t i = 0; d >= 8 && i < ROWS; i++)
    for (size_t k = 0; k < 3; k++)
      ck_assert(rig_same(got[k][i], expected[k][i]));
}

START_TEST(in_one_pass_or_one_after_the_other_the_bits_agree) {
  for (size_t k = 0; k < N_DIMS; k++) {
    make(k);
    check_last(DIMS[k], NULL);
    check_last(DIMS[k], b);
  }
}
END_TEST

START_TEST(a_mixed_row_is_told_from_one_with_nan) {
  for (size_t k = 0; k < 7; k++) {
    static double plain[MOST];
    size_t n = LENGTHS[k];
    make(k);
    compose_mix(plain, 0.3, a, -2.1, b, n);
    ck_assert(compose_mix_zero(out, 0.3, a, -2.1, b, n) == 0.0);
    ck_assert_mem_eq(out, plain, n * sizeof *out);
    for (size_t i = 0; i < n; i += 1 + n / 20) {
      double kept = b[i];
      b[i] = i % 2 ? KAC_NAN : -KAC_INF;
      ck_assert(isnan(compose_mix_zero(out, 0.3, a, -2.1, b, n)));
      b[i] = kept;
    }
  }
}
END_TEST

START_TEST(products_of_rows_are_the_plain_ones) {
  for (size_t k = 0; k < N_DIMS; k++) {
    size_t d = DIMS[k], n = ROWS;
    double seen[ROWS];
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
      in_one_pass_or_one_after_the_other_the_bits_agree,
      a_mixed_row_is_told_from_one_with_nan,
      products_of_rows_are_the_plain_ones,
      a_product_depends_on_its_row_alone,
      a_row_times_itself_cancels_its_negative,
  };
  return RIG_SUITE("compose", tests);
}
