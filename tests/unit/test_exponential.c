/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The exponential integrator against closed forms and Runge-Kutta solutions of
 * the moment equations, down and up in noise, without sampling. */
#include "../move_fixture.h"

/* Mean and variance of the exact flow by 4000 Runge-Kutta steps on
 * dm = (A m + C) dt, dP = (2 A P + 2 eps) dt, in the direction of travel. */
static struct law flow_rate(const struct fake *fake, double t, struct law y,
                            double sign) {
  kac_coeffs c = fake_coeffs(fake, t);
  double vb = gaussian_var(&fake->b, &c), vs = gaussian_var(&fake->s, &c);
  double slope = sign * (-c.f - 0.5 * c.g2 / vb) - c.eps / vs;
  double shift = sign * 0.5 * c.g2 * c.alpha * fake->b.m / vb +
                 c.eps * c.alpha * fake->s.m / vs;
  return (struct law){slope * y.mean + shift, 2 * slope * y.var + 2 * c.eps};
}

static struct law along(struct law y, struct law k, double h) {
  return (struct law){y.mean + h * k.mean, y.var + h * k.var};
}

static struct law flow(const struct fake *fake, double t0, double t1,
                       struct law y) {
  enum { N = 4000 };
  double du = (t0 - t1) / N, h = fabs(du), sign = du > 0 ? 1 : -1;
  for (int i = 0; i < N; i++) {
    double t = t0 - i * du;
    struct law k1 = flow_rate(fake, t, y, sign);
    struct law k2 = flow_rate(fake, t - du / 2, along(y, k1, h / 2), sign);
    struct law k3 = flow_rate(fake, t - du / 2, along(y, k2, h / 2), sign);
    struct law k4 = flow_rate(fake, t - du, along(y, k3, h), sign);
    y.mean += h / 6 * (k1.mean + 2 * k2.mean + 2 * k3.mean + k4.mean);
    y.var += h / 6 * (k1.var + 2 * k2.var + 2 * k3.var + k4.var);
  }
  return y;
}

/* Distance of the means of n steps, with their memory of the step before. */
static double memory_error(struct fake *fake, size_t n_steps) {
  const kac_component *plugin = plugin_load("integrator", "exponential");
  int64_t order = 2;
  double x[6] = {0, 1, 9, 2, 3, 9}, var;
  fake_init(fake, 2, 2, plugin, &order);
  for (size_t k = 0; k < n_steps; k++) {
    double t0 = 1.2 - (double)k / (double)n_steps, mean[6];
    kac_status status =
        call_kernel(plugin, &order, fake, t0, t0 - 1 / (double)n_steps, x, mean,
                    &var, NULL);
    ck_assert_int_eq(status, KAC_OK);
    for (size_t i = 0; i < 6; i++) x[i] = mean[i];
  }
  fake_free(fake);
  return fabs(x[4] - flow(fake, 1.2, 0.2, (struct law){3, 0}).mean);
}

START_TEST(exponential_of_order_two_is_of_order_two) {
  for (int noising = NOISING_EDM; noising <= NOISING_VP; noising++)
    for (int z2 = 0; z2 <= 1; z2++) {
      struct fake fake = {.noising = (enum noising)noising,
                          .z2 = z2,
                          .b = {1.5, 0.3},
                          .s = {1, 0.5}};
      double error[3];
      for (size_t i = 0; i < 3; i++)
        error[i] = memory_error(&fake, (size_t)80 << i);
      check_rates("exponential", error, 2);
    }
}
END_TEST

static void check_flow(const kac_component *plugin, struct fake *fake,
                       double t0, double t1) {
  int64_t order = 1;
  struct affine move = kernel_affine(plugin, &order, fake, t0, t1);
  const struct law starts[2] = {{0, 0}, {2, 0.7}};
  for (size_t i = 0; i < 2; i++) {
    struct law exact = flow(fake, t0, t1, starts[i]);
    struct law seen = push(starts[i], move);
    ck_assert_double_eq_tol(seen.mean, exact.mean, 1e-9);
    ck_assert_double_eq_tol(seen.var, exact.var, 1e-9);
  }
}

START_TEST(exponential_is_exact_for_constant_denoised_means_up_and_down) {
  const kac_component *plugin = plugin_load("integrator", "exponential");
  const double z2[] = {0, 0.25, 1, 1 + 1e-9, 2.5};
  int64_t order = 1;
  for (int noising = NOISING_EDM; noising <= NOISING_VP; noising++)
    for (size_t i = 0; i < sizeof z2 / sizeof z2[0]; i++) {
      struct fake fake = {.noising = (enum noising)noising,
                          .z2 = z2[i],
                          .b = {1.5, 0},
                          .s = {-0.5, 0}};
      fake_init(&fake, 2, 2, plugin, &order);
      check_flow(plugin, &fake, 1.2, 0.4);
      check_flow(plugin, &fake, 0.4, 1.2);
      fake_free(&fake);
    }
}
END_TEST

START_TEST(exponential_gives_the_numbers_of_its_header) {
  const kac_component *plugin = plugin_load("integrator", "exponential");
  int64_t order = 1;
  struct fake fake = {.noising = NOISING_EDM, .b = {1, 0}, .s = {1, 0}};
  fake_init(&fake, 2, 2, plugin, &order);
  struct affine move = kernel_affine(plugin, &order, &fake, 2, 1);
  ck_assert_double_eq_tol(2 * move.a + move.c, 1.5, 1e-15);
  ck_assert_double_eq(move.var, 0);
  fake.z2 = 1;
  move = kernel_affine(plugin, &order, &fake, 2, 1);
  ck_assert_double_eq_tol(2 * move.a + move.c, 1.25, 1e-15);
  ck_assert_double_eq_tol(move.var, 0.75, 1e-15);
  fake_free(&fake);
}
END_TEST

/* For the exact score, q0(x) down(x -> y) = q1(y) up(y -> x). */
START_TEST(exponential_up_is_the_time_reversal_of_down) {
  const kac_component *plugin = plugin_load("integrator", "exponential");
  int64_t order = 1;
  for (int z2 = 1; z2 <= 3; z2++) {
    struct fake fake = {
        .noising = NOISING_VP, .z2 = z2, .b = {1.5, 0}, .s = {1.5, 0}};
    fake_init(&fake, 2, 2, plugin, &order);
    kac_coeffs hot = fake_coeffs(&fake, 1.1), cold = fake_coeffs(&fake, 0.3);
    struct law q0 = noised(&fake.s, &hot), q1 = noised(&fake.s, &cold);
    struct affine down = kernel_affine(plugin, &order, &fake, 1.1, 0.3);
    struct affine up = kernel_affine(plugin, &order, &fake, 0.3, 1.1);
    struct law end = push(q0, down), start = push(q1, up);
    ck_assert_double_eq_tol(end.mean, q1.mean, 1e-14);
    ck_assert_double_eq_tol(end.var, q1.var, 1e-14);
    ck_assert_double_eq_tol(start.mean, q0.mean, 1e-14);
    ck_assert_double_eq_tol(start.var, q0.var, 1e-14);
    ck_assert_double_eq_tol(down.a * q0.var, up.a * q1.var, 1e-14);
    fake_free(&fake);
  }
}
END_TEST

START_TEST(exponential_reaches_sigma_zero) {
  const kac_component *plugin = plugin_load("integrator", "exponential");
  for (int64_t order = 1; order <= 2; order++)
    for (int z2 = 0; z2 <= 2; z2++) {
      struct fake fake = {
          .noising = NOISING_EDM, .z2 = z2, .b = {1.5, 0}, .s = {1.5, 0}};
      fake_init(&fake, 2, 2, plugin, &order);
      kernel_affine(plugin, &order, &fake, 1, 0.5);
      struct affine move = kernel_affine(plugin, &order, &fake, 0.5, 0);
      ck_assert_double_eq_tol(move.a, 0, 1e-15);
      ck_assert_double_eq_tol(move.c, 1.5, 1e-14);
      ck_assert_double_eq(move.var, 0);
      fake_free(&fake);
    }
}
END_TEST

START_TEST(exponential_without_pstate_is_first_order) {
  const kac_component *plugin = plugin_load("integrator", "exponential");
  int64_t one = 1, two = 2;
  struct fake fake = {.noising = NOISING_VP, .b = {1, 2}, .s = {1, 2}};
  fake_init(&fake, 2, 2, plugin, &two);
  struct affine first = kernel_affine(plugin, &one, &fake, 1, 0.5);
  struct affine start = kernel_affine(plugin, &two, &fake, 1, 0.5);
  ck_assert_double_eq_tol(first.a, start.a, 1e-14);
  struct affine second = kernel_affine(plugin, &two, &fake, 0.5, 0.25);
  unsigned char *pstate = fake.block.pstate;
  fake.block.pstate = NULL;
  struct affine trial = kernel_affine(plugin, &two, &fake, 0.5, 0.25);
  first = kernel_affine(plugin, &one, &fake, 0.5, 0.25);
  ck_assert_double_eq(first.a, trial.a);
  ck_assert_double_eq(first.c, trial.c);
  ck_assert(fabs(second.a - trial.a) > 1e-3);
  fake.block.pstate = pstate;
  fake_free(&fake);
}
END_TEST

static void check_kernel_fails(struct fake *fake, double t0, double t1,
                               const char *words) {
  const kac_component *plugin = plugin_load("integrator", "exponential");
  int64_t order = 1;
  double x[6] = {0}, mean[6], var;
  kac_error err = {0};
  fake_init(fake, 2, 2, plugin, &order);
  kac_status status =
      call_kernel(plugin, &order, fake, t0, t1, x, mean, &var, &err);
  ck_assert_int_lt(status, 0);
  ck_assert_msg(strstr(err.msg, words) != NULL, "%s", err.msg);
  fake_free(fake);
}

START_TEST(exponential_refuses_what_has_no_denoised_mean) {
  struct fake still = {.noising = NOISING_STATIC, .b = {0, 1}, .s = {0, 1}};
  check_kernel_fails(&still, 1, 0.5, "g^2 is 0 at t = 1, expected > 0");
  struct fake flat = {.noising = NOISING_VP, .b = {0, 1}, .s = {0, 1}};
  check_kernel_fails(&flat, 0, 0.5, "sigma is 0 and alpha 1 at t = 0");
}
END_TEST

static Suite *exponential(void) {
  Suite *suite = suite_create("exponential");
  TCase *moves = tcase_create("moves");
  tcase_set_timeout(moves, 60);
  tcase_add_test(moves, exponential_of_order_two_is_of_order_two);
  tcase_add_test(moves,
                 exponential_is_exact_for_constant_denoised_means_up_and_down);
  tcase_add_test(moves, exponential_gives_the_numbers_of_its_header);
  tcase_add_test(moves, exponential_up_is_the_time_reversal_of_down);
  tcase_add_test(moves, exponential_reaches_sigma_zero);
  tcase_add_test(moves, exponential_without_pstate_is_first_order);
  tcase_add_test(moves, exponential_refuses_what_has_no_denoised_mean);
  suite_add_tcase(suite, moves);
  return suite;
}

int main(void) {
  SRunner *runner = srunner_create(exponential());
  srunner_run_all(runner, CK_NORMAL);
  int n_failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
