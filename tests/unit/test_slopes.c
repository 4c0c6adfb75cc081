/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Differences that `kac test` holds against a derivative: what they tell of
 * functions that are known, and when they tell nothing. */
#include "conform/slopes.h"

#include <kac/sdk.h>

#include "config_fixture.h"

static struct slope of(double (*f)(double), double h) {
  double values[SLOPES_POINTS];
  for (size_t s = 0; s < SLOPES_POINTS; s++) values[s] = f(slopes_steps[s] * h);
  return slopes_of(values, h);
}

static double cubic(double x) {
  return 3 + 2 * x - x * x + 5 * x * x * x;
}
static double kink(double x) {
  return x + 0.5 * fabs(x);
}
static double coarse(double x) {
  return rint((1 + x) * 256) / 256;
}

START_TEST(a_polynomial_of_degree_three_has_its_slope) {
  struct slope slope = of(cubic, 0.01);
  ck_assert_double_eq_tol(slope.fourth, 2, 1e-12);
  ck_assert_double_eq_tol(slope.gap, 5 * 3 * 1e-4, 1e-12);
  ck_assert(slopes_is_smooth(slope.gap, slope.fourth, 0));
}
END_TEST

START_TEST(a_kink_at_the_point_and_coarse_rounding_are_rough) {
  struct slope slope = of(kink, 0.01);
  ck_assert_double_eq_tol(slope.fourth, 1, 1e-12); /* odd parts say nothing */
  ck_assert(!slopes_is_smooth(slope.gap, slope.fourth, 0));
  slope = of(coarse, 0.01);
  ck_assert(!slopes_is_smooth(slope.gap, slope.fourth, 0));
  ck_assert(!slopes_is_smooth(0, KAC_INF, 1));
  ck_assert(!slopes_is_smooth(KAC_NAN, 1, 1));
}
END_TEST

/* Numbers whose sum by weight is no zero in binary. */
START_TEST(what_is_constant_has_no_gap) {
  for (double c = 0.1; c < 1e9; c *= 1.7) {
    const double f[SLOPES_POINTS] = {c, c, c, c, c};
    struct slope slope = slopes_of(f, 1e-3);
    ck_assert_double_eq(slope.fourth, 0);
    ck_assert_double_eq(slope.gap, 0);
  }
}
END_TEST

/* Few smooth rows among rough ones are chance. */
START_TEST(a_minority_of_smooth_rows_tells_nothing) {
  struct verdict verdict = {0};
  struct trial trial = {.verdict = &verdict};
  ck_assert(slopes_tell(&trial, &(struct slopes_rows){32, 32}, "phi"));
  ck_assert(!slopes_tell(&trial, &(struct slopes_rows){31, 33}, "phi"));
  ck_assert_int_eq(verdict.code, VERDICT_SKIPPED);
  ck_assert_str_eq(verdict.text,
                   "differences of phi are rough at 33 of 64 points: kinks, "
                   "noise, or numbers rounded coarsely");
  ck_assert(!slopes_tell(&trial, &(struct slopes_rows){0, 0}, "phi"));
  ck_assert_str_eq(verdict.text, "phi has no differences at these points");
}
END_TEST

int main(void) {
  const TTest *const tests[] = {
      a_polynomial_of_degree_three_has_its_slope,
      a_kink_at_the_point_and_coarse_rounding_are_rough,
      what_is_constant_has_no_gap,
      a_minority_of_smooth_rows_tells_nothing,
  };
  return RUN_SUITE("slopes", tests);
}
