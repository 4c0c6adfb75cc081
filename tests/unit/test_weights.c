/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Log-weights: sums under shifts, extinction, ESS, replicates, compensation. */
#include "sampler/weights.h"

#include "sampler_fixture.h"

enum { N = 1001 };
static double logw[N], w[N];

static void make(uint64_t seed, double width) {
  for (size_t i = 0; i < N; i++) logw[i] = rig_between(&seed, -width, width);
}

static struct weights_total total_of(size_t n) {
  double max = weights_max(logw, n);
  struct weights_sum sum = weights_exp(logw, n, max, w);
  return (struct weights_total){max, sum.sum, sum.sum2};
}

/* log mean exp in long double, without a shift: |logw| is moderate. */
static double direct(size_t n) {
  long double sum = 0;
  for (size_t i = 0; i < n; i++) sum += expl((long double)logw[i]);
  return (double)logl(sum / (long double)n);
}

START_TEST(the_log_mean_is_that_of_long_double_for_every_length) {
  for (size_t n = 1; n <= N; n = n < 40 ? n + 1 : 3 * n) {
    make(n, 30);
    struct weights_total total = total_of(n);
    ck_assert_double_eq_tol(weights_log_mean(&total, n), direct(n), 1e-13);
  }
}
END_TEST

START_TEST(a_shift_of_all_logs_shifts_the_log_mean_and_nothing_else) {
  static const double shifts[] = {0, 1e4, -1e4, 1e12, -1e12};
  make(3, 5);
  double kept[N], mean = direct(N), ess = 0;
  memcpy(kept, logw, sizeof kept);
  for (size_t k = 0; k < 5; k++) {
    for (size_t i = 0; i < N; i++) logw[i] = kept[i] + shifts[k];
    struct weights_total total = total_of(N);
    /* Rounding of the shifted logs themselves. */
    double tolerance = 1e-13 + fabs(shifts[k]) * 4e-16;
    ck_assert_double_eq_tol(weights_log_mean(&total, N) - shifts[k], mean,
                            tolerance);
    if (k == 0) ess = weights_ess(&total, N);
    ck_assert_double_eq_tol(weights_ess(&total, N), ess, N * tolerance);
  }
}
END_TEST

START_TEST(all_minus_infinity_is_extinct_and_not_a_number_of_weights) {
  for (size_t i = 0; i < N; i++) {
    logw[i] = -KAC_INF;
    w[i] = 1;
  }
  struct weights_total total = total_of(N);
  ck_assert(weights_log_mean(&total, N) == -KAC_INF);
  ck_assert(rig_same(weights_ess(&total, N), 0));
  for (size_t i = 0; i < N; i++) ck_assert(rig_same(w[i], 0));
  ck_assert(weights_max(logw, 0) == -KAC_INF);
}
END_TEST

START_TEST(one_finite_weight_counts_alone_wherever_it_stands) {
  for (size_t at = 0; at < N; at += 1 + at / 3) {
    for (size_t i = 0; i < N; i++) logw[i] = -KAC_INF;
    logw[at] = -800;
    struct weights_total total = total_of(N);
    ck_assert(rig_same(weights_ess(&total, N), 1));
    ck_assert_double_eq_tol(weights_log_mean(&total, N), -800 - log(N), 1e-12);
    ck_assert(rig_same(w[at], 1));
  }
}
END_TEST

START_TEST(ess_lies_in_one_to_n) {
  for (uint64_t seed = 1; seed < 200; seed++) {
    size_t n = 1 + seed * 5;
    make(seed, seed % 5 == 0 ? 0 : exp((double)(seed % 11) - 4));
    struct weights_total total = total_of(n);
    double ess = weights_ess(&total, n);
    ck_assert(ess >= 1 && ess <= (double)n);
    if (seed % 5 == 0) ck_assert_double_eq_tol(ess, (double)n, 1e-9);
  }
}
END_TEST

START_TEST(ess_of_k_equal_weights_is_k) {
  for (size_t k = 1; k <= N; k += 97) {
    for (size_t i = 0; i < N; i++) logw[i] = i < k ? 3.5 : -KAC_INF;
    struct weights_total total = total_of(N);
    ck_assert_double_eq_tol(weights_ess(&total, N), (double)k, 1e-10);
  }
}
END_TEST

/* log mean Z, and sd(Z)/(sqrt(R) mean Z) with R - 1: docs/methods.md section 5.
 */
START_TEST(replicates_combine_by_the_delta_method_with_extinct_ones_as_zero) {
  double log_z[7] = {1, -KAC_INF, 0.5, 2, -KAC_INF, -3, 1.5}, mean = 0, var = 0;
  for (size_t i = 0; i < 7; i++) mean += exp(log_z[i]) / 7;
  for (size_t i = 0; i < 7; i++) var += pow(exp(log_z[i]) - mean, 2) / 6;
  double log_mean, error;
  weights_combine(log_z, 7, &log_mean, &error);
  ck_assert_double_eq_tol(log_mean, log(mean), 1e-14);
  ck_assert_double_eq_tol(error, sqrt(var / 7) / mean, 1e-14);
  for (size_t i = 0; i < 7; i++) log_z[i] -= 5000;
  double shifted, same_error;
  weights_combine(log_z, 7, &shifted, &same_error);
  ck_assert_double_eq_tol(shifted + 5000, log_mean, 1e-11);
  ck_assert_double_eq_tol(same_error, error, 1e-11);
}
END_TEST

/* No rounding poses as a spread: 1/49 summed 49 times is not 1. */
START_TEST(equal_replicates_combine_to_their_value_exactly) {
  static const double values[] = {0, -1234.5, 1.0 / 3};
  double log_z[64], log_mean, error;
  for (size_t k = 0; k < 3; k++)
    for (size_t n = 2; n <= 64; n++) {
      for (size_t i = 0; i < n; i++) log_z[i] = values[k];
      weights_combine(log_z, n, &log_mean, &error);
      ck_assert(rig_same(log_mean, values[k]));
      ck_assert(rig_same(error, 0));
    }
}
END_TEST

START_TEST(one_replicate_or_none_alive_has_no_error_bar) {
  const double one = -7, dead[2] = {-KAC_INF, -KAC_INF};
  double log_mean, error;
  weights_combine(&one, 1, &log_mean, &error);
  ck_assert(rig_same(log_mean, -7));
  ck_assert(isnan(error));
  weights_combine(dead, 2, &log_mean, &error);
  ck_assert(log_mean == -KAC_INF);
  ck_assert(isnan(error));
}
END_TEST

START_TEST(the_median_is_the_middle_and_leaves_its_values_alone) {
  const double values[6] = {5, -KAC_INF, 2, 9, 1, 4};
  double scratch[6], kept[6];
  memcpy(kept, values, sizeof kept);
  ck_assert(rig_same(weights_median(values, 1, scratch), 5));
  ck_assert(rig_same(weights_median(values, 3, scratch), 2));
  ck_assert(rig_same(weights_median(values, 5, scratch), 2));
  ck_assert(rig_same(weights_median(values, 6, scratch), 3));
  ck_assert(isnan(weights_median(values, 0, scratch)));
  const double some[5] = {3, KAC_NAN, 1, KAC_NAN, 8};
  ck_assert(rig_same(weights_median(some, 5, scratch), 3));
  ck_assert(isnan(weights_median(some + 1, 1, scratch)));
  ck_assert_mem_eq(values, kept, sizeof kept);
}
END_TEST

/* Neumaier's sum errs by one rounding of the result and n eps^2 of the sum of
 * absolute values; a plain sum errs by 1e-8 here. */
START_TEST(a_running_sum_of_a_million_steps_equals_long_double) {
  struct running_sum total = {0, 0};
  long double exact = 0;
  double plain = 0;
  uint64_t seed = 99;
  for (size_t i = 0; i < 1000000; i++) {
    double value = rig_between(&seed, -1, 1) * (i % 1000 == 7 ? 1e9 : 1);
    running_add(&total, value);
    exact += (long double)value;
    plain += value;
  }
  double tolerance = 4e-16 * fabs((double)exact) + 1e-9;
  ck_assert_double_eq_tol(running_value(&total), (double)exact, tolerance);
  ck_assert_double_gt(fabs(plain - (double)exact), 10 * tolerance);
}
END_TEST

START_TEST(a_running_sum_keeps_what_a_plain_sum_loses) {
  struct running_sum total = {0, 0};
  const double values[] = {1, 1e100, 1, -1e100};
  for (size_t i = 0; i < 4; i++) running_add(&total, values[i]);
  ck_assert(rig_same(running_value(&total), 2));
}
END_TEST

START_TEST(a_running_sum_of_minus_infinity_is_minus_infinity) {
  struct running_sum total = {0, 0};
  running_add(&total, 3);
  running_add(&total, -KAC_INF);
  running_add(&total, 1);
  ck_assert(running_value(&total) == -KAC_INF);
}
END_TEST

int main(void) {
  const TTest *const tests[] = {
      the_log_mean_is_that_of_long_double_for_every_length,
      a_shift_of_all_logs_shifts_the_log_mean_and_nothing_else,
      all_minus_infinity_is_extinct_and_not_a_number_of_weights,
      one_finite_weight_counts_alone_wherever_it_stands,
      ess_lies_in_one_to_n,
      ess_of_k_equal_weights_is_k,
      replicates_combine_by_the_delta_method_with_extinct_ones_as_zero,
      equal_replicates_combine_to_their_value_exactly,
      one_replicate_or_none_alive_has_no_error_bar,
      the_median_is_the_middle_and_leaves_its_values_alone,
      a_running_sum_of_a_million_steps_equals_long_double,
      a_running_sum_keeps_what_a_plain_sum_loses,
      a_running_sum_of_minus_infinity_is_minus_infinity,
  };
  return RIG_SUITE("weights", tests);
}
