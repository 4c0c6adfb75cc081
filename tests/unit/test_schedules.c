/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Schedule plugins: coefficients against closed forms, derivatives against
 * differences, growth of the noise-to-signal ratio, finite ends, refusals. */
#include "../plugin_fixture.h"

static kac_coeffs at(struct fixture *f, double t) {
  const kac_schedule_ops *ops = f->component->ops;
  kac_coeffs c = {.struct_size = sizeof c};
  ck_assert_int_eq(ops->coeffs(f->self, t, &c, &f->err), KAC_OK);
  ck_assert_double_eq(c.t, t);
  return c;
}

static void range_of(struct fixture *f, double *t_min, double *t_max) {
  const kac_schedule_ops *ops = f->component->ops;
  ck_assert_int_eq(ops->range(f->self, t_min, t_max, &f->err), KAC_OK);
}

static void open_schedule(struct fixture *f, const char *name) {
  fixture_open(f, "schedule", name);
  fixture_start(f, 1, 1, 1);
}

static const char *const names[] = {"vp", "cosine", "ve", "edm", "static"};
enum { N_NAMES = 5, N_TIMES = 50 };

START_TEST(derivatives_match_central_differences) {
  struct fixture f;
  double t_min, t_max;
  open_schedule(&f, names[_i]);
  range_of(&f, &t_min, &t_max);
  for (int k = 1; k < N_TIMES; k++) {
    double t = t_min + (t_max - t_min) * k / N_TIMES;
    double h = 1e-5 * (t - t_min);
    kac_coeffs c = at(&f, t), up = at(&f, t + h), down = at(&f, t - h);
    double dalpha = (up.alpha - down.alpha) / (2 * h);
    double dsigma = (up.sigma - down.sigma) / (2 * h);
    /* h^2 f'''/6 of the difference, and rounding over h. */
    ck_assert_double_eq_tol(c.dalpha, dalpha, 1e-7 * (1 + fabs(dalpha)));
    ck_assert_double_eq_tol(c.dsigma, dsigma, 1e-7 * (1 + fabs(dsigma)));
  }
  fixture_close(&f);
}
END_TEST

START_TEST(noise_to_signal_never_falls_with_t) {
  struct fixture f;
  double t_min, t_max, last = 0;
  open_schedule(&f, names[_i]);
  range_of(&f, &t_min, &t_max);
  for (int k = 0; k <= N_TIMES; k++) {
    kac_coeffs c = at(&f, t_min + (t_max - t_min) * k / N_TIMES);
    ck_assert(c.alpha > 0 && isfinite(c.dalpha) && isfinite(c.dsigma));
    ck_assert_double_ge(c.sigma / c.alpha, last);
    last = c.sigma / c.alpha;
  }
  fixture_close(&f);
}
END_TEST

START_TEST(variance_preserving_sums_to_one) {
  struct fixture f;
  double t_min, t_max;
  open_schedule(&f, names[_i]);
  range_of(&f, &t_min, &t_max);
  for (int k = 0; k <= N_TIMES; k++) {
    kac_coeffs c = at(&f, t_min + (t_max - t_min) * k / N_TIMES);
    ck_assert_double_eq_tol(c.alpha * c.alpha + c.sigma * c.sigma, 1, 4e-16);
  }
  fixture_close(&f);
}
END_TEST

START_TEST(vp_of_constant_rate_is_ornstein_uhlenbeck) {
  struct fixture f;
  double t_min, t_max;
  fixture_open(&f, "schedule", "vp");
  fixture_real(&f, "beta_min", 2);
  fixture_real(&f, "beta_max", 2);
  fixture_real(&f, "t_min", 0);
  fixture_real(&f, "t_max", 1.5);
  fixture_start(&f, 1, 1, 1);
  range_of(&f, &t_min, &t_max);
  ck_assert_double_eq(t_min, 0);
  ck_assert_double_eq(t_max, 1.5);
  for (double t = 0; t <= 1.5; t += 0.125) {
    kac_coeffs c = at(&f, t);
    double rate = -c.dalpha / c.alpha;
    ck_assert_double_eq_tol(c.alpha, exp(-t), 1e-16);
    ck_assert_double_eq_tol(c.sigma, sqrt(-expm1(-2 * t)), 2e-16);
    ck_assert_double_eq_tol(rate, 1, 4e-16);
    /* g^2 = 2 sigma (dsigma - sigma f) = 2, but for the end point. */
    double g2 = 2 * c.sigma * (c.dsigma + c.sigma * rate);
    ck_assert_double_eq_tol(g2, t > 0 ? 2 : 0, 1e-14);
  }
  fixture_close(&f);
}
END_TEST

START_TEST(vp_has_the_published_values) {
  struct fixture f;
  open_schedule(&f, "vp");
  ck_assert_double_eq_tol(at(&f, 1).alpha, exp(-5.025), 1e-17);
  /* sigma^2 = 1 - exp(-1e-10 - ...) keeps its digits. */
  kac_coeffs c = at(&f, 1e-9);
  ck_assert_double_eq_tol(c.sigma / sqrt(1e-10), 1, 1e-7);
  fixture_close(&f);
}
END_TEST

START_TEST(cosine_reaches_the_plain_cosine_of_steering_tests) {
  struct fixture f;
  const double pi = 3.14159265358979323846;
  fixture_open(&f, "schedule", "cosine");
  fixture_real(&f, "angle", 0.49);
  fixture_real(&f, "length", 12);
  fixture_real(&f, "offset", 0);
  fixture_real(&f, "t_min", 0);
  fixture_real(&f, "t_max", 12);
  fixture_start(&f, 1, 1, 1);
  for (double t = 0; t <= 12; t++) {
    kac_coeffs c = at(&f, t);
    ck_assert_double_eq_tol(c.alpha, cos(0.49 * pi * t / 12), 2e-16);
    ck_assert_double_eq_tol(c.sigma, sin(0.49 * pi * t / 12), 2e-16);
  }
  ck_assert_double_eq_tol(at(&f, 6).alpha, 0.7181262977631888, 2e-16);
  fixture_close(&f);
}
END_TEST

START_TEST(cosine_default_is_nichol_and_dhariwal) {
  struct fixture f;
  const double half_pi = 1.57079632679489661923;
  open_schedule(&f, "cosine");
  double unit = cos(half_pi * 0.008 / 1.008);
  for (double t = 0; t < 1; t += 0.0625) {
    double alpha = cos(half_pi * (t + 0.008) / 1.008) / unit;
    ck_assert_double_eq_tol(at(&f, t).alpha, alpha, 4e-16);
  }
  ck_assert_double_eq(at(&f, 0).alpha, 1);
  ck_assert_double_eq(at(&f, 0).sigma, 0);
  fixture_close(&f);
}
END_TEST

START_TEST(ve_is_geometric) {
  struct fixture f;
  fixture_open(&f, "schedule", "ve");
  fixture_real(&f, "sigma_min", 0.02);
  fixture_real(&f, "sigma_max", 10);
  fixture_start(&f, 1, 1, 1);
  ck_assert_double_eq_tol(at(&f, 0).sigma, 0.02, 1e-17);
  ck_assert_double_eq_tol(at(&f, 0.5).sigma, sqrt(0.2), 1e-15);
  ck_assert_double_eq_tol(at(&f, 1).sigma, 10, 1e-14);
  fixture_close(&f);
}
END_TEST

START_TEST(edm_time_is_the_noise_level) {
  struct fixture f;
  double t_min, t_max;
  open_schedule(&f, "edm");
  range_of(&f, &t_min, &t_max);
  ck_assert_double_eq(t_min, 0.002);
  ck_assert_double_eq(t_max, 80);
  ck_assert_double_eq(at(&f, 3).sigma, 3);
  ck_assert_double_eq(at(&f, 3).dsigma, 1);
  fixture_close(&f);
}
END_TEST

START_TEST(static_does_nothing_from_one_to_zero) {
  struct fixture f;
  double t_min, t_max;
  open_schedule(&f, "static");
  range_of(&f, &t_min, &t_max);
  ck_assert_double_eq(t_min, 0);
  ck_assert_double_eq(t_max, 1);
  for (double t = 0; t <= 1; t += 0.5) {
    kac_coeffs c = at(&f, t);
    ck_assert_double_eq(c.alpha, 1);
    ck_assert(c.sigma == 0 && c.dalpha == 0 && c.dsigma == 0);
  }
  fixture_close(&f);
}
END_TEST

static const struct refusal {
  const char *name, *key;
  double value;
  const char *message;
} refusals[] = {
    {"vp", "t_min", 1, "t_min 1 is not below t_max 1"},
    {"vp", "t_max", 0, "t_min 0.001 is not below t_max 0"},
    {"cosine", "t_min", 2, "t_min 2 is not below t_max 0.995"},
    {"cosine", "t_max", 1,
     "the angle at t_max 1 is 0.5 pi, expected below 0.5 pi: alpha would reach "
     "0"},
    {"ve", "sigma_min", 60, "sigma_min 60 is not below sigma_max 50"},
    {"ve", "t_min", 1, "t_min 1 is not below t_max 1"},
    {"edm", "sigma_max", 0.001, "sigma_min 0.002 is not below sigma_max 0.001"},
    {"static", "t_max", 0, "t_min 0 is not below t_max 0"}};
enum { N_REFUSALS = sizeof refusals / sizeof refusals[0] };

static void check_refusal(struct fixture *f, const char *message) {
  const kac_schedule_ops *ops = f->component->ops;
  double t_min, t_max;
  kac_status status = ops->range(f->self, &t_min, &t_max, &f->err);
  ck_assert_int_eq(status, KAC_EINVAL);
  ck_assert_str_eq(f->err.msg, message);
  fixture_close(f);
}

START_TEST(empty_ranges_are_refused_with_their_values) {
  struct fixture f;
  const struct refusal *r = &refusals[_i];
  fixture_open(&f, "schedule", r->name);
  fixture_real(&f, r->key, r->value);
  fixture_start(&f, 1, 1, 1);
  check_refusal(&f, r->message);
}
END_TEST

START_TEST(vp_refuses_a_rate_that_is_not_positive) {
  struct fixture f;
  fixture_open(&f, "schedule", "vp");
  fixture_real(&f, "beta_min", 0);
  fixture_real(&f, "beta_max", 0);
  fixture_start(&f, 1, 1, 1);
  check_refusal(&f, "the noising rate is 0 at t_max 1, expected above 0");
}
END_TEST

int main(void) {
  Suite *suite = suite_create("schedules");
  TCase *tc = tcase_create("schedules");
  tcase_add_loop_test(tc, derivatives_match_central_differences, 0, N_NAMES);
  tcase_add_loop_test(tc, noise_to_signal_never_falls_with_t, 0, N_NAMES);
  tcase_add_loop_test(tc, variance_preserving_sums_to_one, 0, 2);
  tcase_add_test(tc, vp_of_constant_rate_is_ornstein_uhlenbeck);
  tcase_add_test(tc, vp_has_the_published_values);
  tcase_add_test(tc, cosine_reaches_the_plain_cosine_of_steering_tests);
  tcase_add_test(tc, cosine_default_is_nichol_and_dhariwal);
  tcase_add_test(tc, ve_is_geometric);
  tcase_add_test(tc, edm_time_is_the_noise_level);
  tcase_add_test(tc, static_does_nothing_from_one_to_zero);
  tcase_add_loop_test(tc, empty_ranges_are_refused_with_their_values, 0,
                      N_REFUSALS);
  tcase_add_test(tc, vp_refuses_a_rate_that_is_not_positive);
  suite_add_tcase(suite, tc);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int n_failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return n_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
