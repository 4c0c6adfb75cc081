/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The reverse kernel of a mixture: one component against the closed form, many
 * against the responsibilities, refusals.  Chains of it are in
 * tests/exact/test_chain.c. */
#include "../move_fixture.h"

static const kac_component *plugin(void) {
  return plugin_load("integrator", "reverse_gmm");
}

static void *config_of(const double *means, size_t n, double sigma) {
  void *config = config_new(plugin());
  config_array(plugin(), config, "means", means, n, 1);
  config_real(plugin(), config, "sigma", sigma);
  return config;
}

static struct affine step_of(void *config, struct fake fake, double t0,
                             double t1) {
  fake_init(&fake, 3, 1, plugin(), config);
  struct affine move = step_affine(plugin(), config, &fake, t0, t1);
  fake_free(&fake);
  return move;
}

START_TEST(it_gives_the_number_of_its_header) {
  double mean = 0;
  void *config = config_of(&mean, 1, 1);
  struct fake fake = {.noising = NOISING_EDM, .b = {0, 1}, .s = {0, 1}};
  struct affine move = step_of(config, fake, 2, 1);
  ck_assert_double_eq_tol(5 * move.a + move.c, 2, 1e-14);
  ck_assert_double_eq_tol(move.var, 1.2, 1e-14);
  free(config);
}
END_TEST

START_TEST(one_component_is_gaussian_data) {
  double mean = 0.75;
  void *config = config_of(&mean, 1, 0.25);
  config_real(plugin(), config, "scale", 2);
  for (int noising = NOISING_EDM; noising <= NOISING_VP; noising++) {
    struct fake fake = {
        .noising = (enum noising)noising, .b = {1.5, 0.25}, .s = {1.5, 0.25}};
    for (double t1 = 0; t1 < 1; t1 += 0.3) {
      kac_coeffs hot = fake_coeffs(&fake, 1), cold = fake_coeffs(&fake, t1);
      struct law qt = noised(&fake.s, &hot), qs = noised(&fake.s, &cold);
      double joint = hot.alpha / cold.alpha * qs.var; /* Cov(x_s, x_t) */
      struct affine move = step_of(config, fake, 1, t1);
      ck_assert_double_eq_tol(move.a, joint / qt.var, 1e-14);
      ck_assert_double_eq_tol(move.c, qs.mean - joint / qt.var * qt.mean,
                              1e-14);
      ck_assert_double_eq_tol(move.var, qs.var - joint * joint / qt.var, 1e-14);
    }
  }
  free(config);
}
END_TEST

/* Far from noise every row goes to the mode that it lies at, and a component
 * of weight 0 is never chosen. */
START_TEST(rows_go_to_their_component) {
  static const double means[] = {-2, 0, 2}, weights[] = {1, 0, 3};
  enum { N = 100 };
  void *config = config_of(means, 3, 0.1);
  config_array(plugin(), config, "weights", weights, 3, 1);
  struct fake fake = {.noising = NOISING_EDM, .is_constant = 1};
  double x[N], dlogw[N] = {0};
  size_t n_left = 0;
  fake_init(&fake, N, 1, plugin(), config);
  kac_coeffs hot = fake_coeffs(&fake, 0.5), cold = fake_coeffs(&fake, 0);
  const kac_integrator_ops *ops = plugin()->ops;
  for (size_t i = 0; i < N; i++) x[i] = 0.1 * (double)(i % 5) - 0.2;
  kac_step_io io = {.struct_size = sizeof io,
                    .c0 = &hot,
                    .c1 = &cold,
                    .x = {.real = x, .ld = 1},
                    .dlogw = dlogw};
  kac_error err = {0};
  kac_status status = ops->step(config, &fake.block, &io, &err);
  ck_assert_msg(status == KAC_OK, "%s", err.msg);
  for (size_t i = 0; i < N; i++) {
    ck_assert_double_eq_tol(fabs(x[i]), 2, 0.2);
    ck_assert_double_eq(dlogw[i], 0);
    n_left += x[i] < 0;
  }
  ck_assert_uint_gt(n_left, 0); /* 1/4 of them at x = 0 */
  ck_assert_uint_lt(n_left, N / 2);
  fake_free(&fake);
  free(config);
}
END_TEST

START_TEST(a_mean_free_state_and_a_flat_schedule_are_refused) {
  double mean = 0, x[3] = {0, 1, 2}, dlogw[3];
  void *config = config_of(&mean, 1, 1);
  kac_space space = {.struct_size = sizeof space,
                     .n_real = 2,
                     .n_bodies = 2,
                     .n_dim = 1,
                     .flags = KAC_MEAN_FREE};
  kac_plan plan = {.struct_size = sizeof plan, .space = &space, .block = 3};
  kac_error err = {0};
  ck_assert_int_eq(plugin()->plan(config, &plan, &err), KAC_EINVAL);
  ck_assert_ptr_nonnull(strstr(err.msg, "the state is mean free"));
  struct fake fake = {.noising = NOISING_STATIC};
  fake_init(&fake, 3, 1, plugin(), config);
  kac_coeffs hot = fake_coeffs(&fake, 1), cold = fake_coeffs(&fake, 0.5);
  const kac_integrator_ops *ops = plugin()->ops;
  kac_step_io io = {.struct_size = sizeof io,
                    .c0 = &hot,
                    .c1 = &cold,
                    .x = {.real = x, .ld = 1},
                    .dlogw = dlogw};
  ck_assert_int_eq(ops->step(config, &fake.block, &io, &err), KAC_ENUMERIC);
  ck_assert_str_eq(err.msg,
                   "sigma/alpha is 0 at t = 0.5 and 0 at t = 1: it must grow "
                   "with t");
  fake_free(&fake);
  free(config);
}
END_TEST

static Suite *reverse_gmm(void) {
  Suite *suite = suite_create("reverse_gmm");
  TCase *moves = tcase_create("moves");
  tcase_add_test(moves, it_gives_the_number_of_its_header);
  tcase_add_test(moves, one_component_is_gaussian_data);
  tcase_add_test(moves, rows_go_to_their_component);
  tcase_add_test(moves, a_mean_free_state_and_a_flat_schedule_are_refused);
  suite_add_tcase(suite, moves);
  return suite;
}

int main(void) {
  SRunner *runner = srunner_create(reverse_gmm());
  srunner_run_all(runner, CK_NORMAL);
  int n_failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
