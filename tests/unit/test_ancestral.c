/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The step of DDPM against closed forms on linear fields, down and up in
 * noise, without sampling. */
#include "../move_fixture.h"

enum { SMALL, LARGE, EXACT };

static void *config_of(const kac_component *plugin, int64_t variance,
                       double data_variance) {
  void *config = config_new(plugin);
  config_int(plugin, config, "variance", variance);
  config_real(plugin, config, "data_variance", data_variance);
  return config;
}

/* One step of a fake whose b and s belong to N(m, v). */
static struct affine step_of(int64_t variance, double data_variance,
                             struct fake fake, double t0, double t1) {
  const kac_component *plugin = plugin_load("integrator", "ancestral");
  void *config = config_of(plugin, variance, data_variance);
  fake_init(&fake, 2, 2, plugin, config);
  struct affine move = kernel_affine(plugin, config, &fake, t0, t1);
  fake_free(&fake);
  free(config);
  return move;
}

START_TEST(ancestral_gives_the_numbers_of_its_header) {
  static const double var[] = {0.75, 3, 1.2};
  struct fake fake = {.noising = NOISING_EDM, .b = {1, 0}, .s = {1, 0}};
  for (int variance = SMALL; variance <= EXACT; variance++) {
    double c = variance == EXACT ? 1 : 0;
    struct affine move = step_of(variance, c, fake, 2, 1);
    ck_assert_double_eq_tol(2 * move.a + move.c, 1.25, 1e-15);
    ck_assert_double_eq_tol(move.var, var[variance], 1e-15);
  }
}
END_TEST

/* p(x_s | x_t) of N(m, c), and the same step for the mean of b and s. */
START_TEST(exact_steps_are_the_reverse_kernel_of_gaussian_data) {
  for (int noising = NOISING_EDM; noising <= NOISING_VP; noising++) {
    struct fake fake = {
        .noising = (enum noising)noising, .b = {1.5, 0.3}, .s = {1.5, 0.3}};
    for (double t1 = 0; t1 < 1; t1 += 0.3) {
      kac_coeffs hot = fake_coeffs(&fake, 1), cold = fake_coeffs(&fake, t1);
      struct law qt = noised(&fake.s, &hot), qs = noised(&fake.s, &cold);
      double joint = hot.alpha / cold.alpha * qs.var; /* Cov(x_s, x_t) */
      struct affine move = step_of(EXACT, 0.3, fake, 1, t1);
      ck_assert_double_eq_tol(move.a, joint / qt.var, 1e-14);
      ck_assert_double_eq_tol(move.c, qs.mean - joint / qt.var * qt.mean,
                              1e-14);
      ck_assert_double_eq_tol(move.var, qs.var - joint * joint / qt.var, 1e-14);
    }
  }
}
END_TEST

/* The noising chain: q_t follows from q_s, and x_t = a x_s + noise. */
START_TEST(backwards_it_is_the_noising_chain) {
  for (int variance = SMALL; variance <= EXACT; variance++) {
    struct fake fake = {.noising = NOISING_VP, .b = {1, 2}, .s = {-1, 0.4}};
    kac_coeffs hot = fake_coeffs(&fake, 1), cold = fake_coeffs(&fake, 0.25);
    struct affine up =
        step_of(variance, variance == EXACT ? 0.4 : 0, fake, 0.25, 1);
    struct law qt = noised(&fake.s, &hot);
    struct law pushed = push(noised(&fake.s, &cold), up);
    ck_assert_double_eq_tol(up.a, hot.alpha / cold.alpha, 1e-15);
    ck_assert_double_eq_tol(pushed.mean, qt.mean, 1e-15);
    ck_assert_double_eq_tol(pushed.var, qt.var, 1e-15);
  }
}
END_TEST

/* Two fields, as of a composition: D is the mean of their denoised means. */
START_TEST(small_is_exponential_with_noise_one) {
  const kac_component *other = plugin_load("integrator", "exponential");
  int64_t order = 1;
  for (int noising = NOISING_EDM; noising <= NOISING_VP; noising++) {
    struct fake fake = {.noising = (enum noising)noising,
                        .z2 = 1,
                        .b = {1.5, 0.3},
                        .s = {-0.5, 0.7}};
    struct fake same = fake;
    fake_init(&same, 2, 2, other, &order);
    struct affine a = step_of(SMALL, 0, fake, 1.2, 0.4);
    struct affine b = kernel_affine(other, &order, &same, 1.2, 0.4);
    ck_assert_double_eq_tol(a.a, b.a, 1e-14);
    ck_assert_double_eq_tol(a.c, b.c, 1e-14);
    ck_assert_double_eq_tol(a.var, b.var, 1e-14);
    fake_free(&same);
  }
}
END_TEST

START_TEST(sigma_zero_is_reached) {
  struct fake fake = {.noising = NOISING_VP, .b = {1.5, 0}, .s = {1.5, 0}};
  struct affine small = step_of(SMALL, 0, fake, 0.5, 0);
  struct affine large = step_of(LARGE, 0, fake, 0.5, 0);
  ck_assert_double_eq_tol(small.a, 0, 1e-15);
  ck_assert_double_eq_tol(small.c, 1.5, 1e-15);
  ck_assert_double_eq(small.var, 0);
  ck_assert_double_eq_tol(large.var, -expm1(-1), 1e-15);
}
END_TEST

static void check_fails(struct fake fake, double t0, double t1,
                        const char *words) {
  const kac_component *plugin = plugin_load("integrator", "ancestral");
  void *config = config_new(plugin);
  double x[6] = {0}, mean[6], var;
  kac_error err = {0};
  fake_init(&fake, 2, 2, plugin, config);
  kac_status status =
      call_kernel(plugin, config, &fake, t0, t1, x, mean, &var, &err);
  ck_assert_int_lt(status, 0);
  ck_assert_msg(strstr(err.msg, words) != NULL, "%s", err.msg);
  fake_free(&fake);
  free(config);
}

START_TEST(what_does_not_noise_is_refused) {
  struct fake still = {.noising = NOISING_STATIC, .b = {0, 1}, .s = {0, 1}};
  check_fails(still, 1, 0.5, "sigma is 0 and g^2 0 at t = 1, expected both");
  struct fake edm = {.noising = NOISING_EDM, .b = {0, 1}, .s = {0, 1}};
  check_fails(edm, 1, 1, "sigma/alpha is 1 at t = 1 and 1 at t = 1: it must");
}
END_TEST

static Suite *ancestral(void) {
  Suite *suite = suite_create("ancestral");
  TCase *moves = tcase_create("moves");
  tcase_add_test(moves, ancestral_gives_the_numbers_of_its_header);
  tcase_add_test(moves, exact_steps_are_the_reverse_kernel_of_gaussian_data);
  tcase_add_test(moves, backwards_it_is_the_noising_chain);
  tcase_add_test(moves, small_is_exponential_with_noise_one);
  tcase_add_test(moves, sigma_zero_is_reached);
  tcase_add_test(moves, what_does_not_noise_is_refused);
  suite_add_tcase(suite, moves);
  return suite;
}

int main(void) {
  SRunner *runner = srunner_create(ancestral());
  srunner_run_all(runner, CK_NORMAL);
  int n_failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
