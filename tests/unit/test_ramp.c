/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ramps: both ends exactly, the formulas in between, tables. */
#include "sampler/ramp.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

static struct ramp between(enum ramp_shape shape, double from, double to) {
  struct ramp ramp = {.shape = shape, .from = from, .to = to};
  return ramp;
}

static void is_exactly(double seen, double expected) {
  ck_assert_double_ge(seen, expected);
  ck_assert_double_le(seen, expected);
}

START_TEST(both_ends_are_returned_exactly) {
  const double ends[][2] = {{0.1, 0.7}, {1e-9, 3e17}, {-0.3, -7.7}, {3, 1}};
  const enum ramp_shape shapes[] = {RAMP_LINEAR, RAMP_COSINE, RAMP_GEOMETRIC};
  for (size_t k = 0; k < 3; k++) {
    for (size_t i = 0; i < 4; i++) {
      struct ramp ramp = between(shapes[k], ends[i][0], ends[i][1]);
      is_exactly(ramp_at(&ramp, 0), ends[i][0]);
      is_exactly(ramp_at(&ramp, 1), ends[i][1]);
      is_exactly(ramp_at(&ramp, -0.5), ends[i][0]);
      is_exactly(ramp_at(&ramp, 1.5), ends[i][1]);
    }
  }
}
END_TEST

START_TEST(shapes_follow_their_formulas) {
  struct ramp linear = between(RAMP_LINEAR, 2, 6);
  struct ramp cosine = between(RAMP_COSINE, 2, 6);
  struct ramp geometric = between(RAMP_GEOMETRIC, 2, 32);
  struct ramp negative = between(RAMP_GEOMETRIC, -32, -2);
  is_exactly(ramp_at(&linear, 0.25), 3);
  ck_assert_double_eq_tol(ramp_at(&cosine, 0.5), 4, 1e-15);
  ck_assert_double_eq_tol(ramp_at(&cosine, 0.25), 2 + 4 * (1 - sqrt(0.5)) / 2,
                          1e-15);
  ck_assert_double_eq_tol(ramp_at(&geometric, 0.25), 4, 1e-14);
  ck_assert_double_eq_tol(ramp_at(&geometric, 0.5), 8, 1e-14);
  ck_assert_double_eq_tol(ramp_at(&negative, 0.75), -4, 1e-14);
}
END_TEST

START_TEST(a_geometric_ramp_over_600_decades_does_not_overflow) {
  struct ramp ramp = between(RAMP_GEOMETRIC, 1e-300, 1e300);
  ck_assert_double_eq_tol(ramp_at(&ramp, 0.5), 1, 1e-12);
}
END_TEST

START_TEST(a_constant_is_the_same_everywhere) {
  struct ramp ramp = ramp_constant(0.1);
  ck_assert(ramp_is_constant(&ramp));
  for (double s = 0; s <= 1; s += 0.0625) is_exactly(ramp_at(&ramp, s), 0.1);
  struct ramp equal = between(RAMP_COSINE, 0.3, 0.3);
  ck_assert(ramp_is_constant(&equal));
  is_exactly(ramp_at(&equal, 0.3), 0.3);
  struct ramp other = between(RAMP_LINEAR, 0, 1);
  ck_assert(!ramp_is_constant(&other));
}
END_TEST

START_TEST(a_table_is_straight_between_its_nodes) {
  const double at[] = {0, 0.5, 0.75, 1}, value[] = {0.1, 1, 3, 0.7};
  struct ramp ramp = {RAMP_TABLE, 0.1, 0.7, 4, at, value};
  ck_assert(!ramp_is_constant(&ramp));
  for (size_t i = 0; i < 4; i++) is_exactly(ramp_at(&ramp, at[i]), value[i]);
  ck_assert_double_eq_tol(ramp_at(&ramp, 0.25), 0.55, 1e-15);
  is_exactly(ramp_at(&ramp, 0.625), 2);
  is_exactly(ramp_at(&ramp, 2), 0.7);
  is_exactly(ramp_at(&ramp, -1), 0.1);
}
END_TEST

START_TEST(a_table_is_constant_outside_its_nodes) {
  const double at[] = {0.25, 0.5}, value[] = {2, 4};
  struct ramp ramp = {RAMP_TABLE, 2, 4, 2, at, value};
  is_exactly(ramp_at(&ramp, 0.1), 2);
  is_exactly(ramp_at(&ramp, 0.9), 4);
  const double same[] = {2, 2};
  struct ramp flat = {RAMP_TABLE, 2, 2, 2, at, same};
  ck_assert(ramp_is_constant(&flat));
  struct ramp one = {RAMP_TABLE, 2, 2, 1, at, same};
  ck_assert(ramp_is_constant(&one));
  is_exactly(ramp_at(&one, 0.7), 2);
}
END_TEST

int main(void) {
  const TTest *const tests[] = {
      both_ends_are_returned_exactly,
      shapes_follow_their_formulas,
      a_geometric_ramp_over_600_decades_does_not_overflow,
      a_constant_is_the_same_everywhere,
      a_table_is_straight_between_its_nodes,
      a_table_is_constant_outside_its_nodes,
  };
  Suite *suite = suite_create("ramp");
  TCase *tcase = tcase_create("ramp");
  for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
    tcase_add_test(tcase, tests[i]);
  suite_add_tcase(suite, tcase);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int n_failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
