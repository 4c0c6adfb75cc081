/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Euler-Maruyama, Heun and Langevin against closed forms on linear fields,
 * without sampling. */
#include "../move_fixture.h"

/* Distance to the exact law at t = 0.2 of a run from the exact law at 1.2. */
static double run_error(const kac_component *plugin, const void *config,
                        struct fake *fake, size_t n_steps) {
  const kac_integrator_ops *ops = plugin->ops;
  kac_coeffs c = fake_coeffs(fake, 1.2), last = fake_coeffs(fake, 0.2);
  struct law law = noised(&fake->b, &c), exact = noised(&fake->b, &last);
  for (size_t k = 0; k < n_steps; k++) {
    double t0 = 1.2 - (double)k / (double)n_steps;
    double t1 = 1.2 - (double)(k + 1) / (double)n_steps;
    struct affine move = ops->step
                             ? step_affine(plugin, config, fake, t0, t1)
                             : kernel_affine(plugin, config, fake, t0, t1);
    law = push(law, move);
  }
  return fabs(law.mean - exact.mean) + fabs(law.var - exact.var);
}

static void check_order(const char *name, double order, enum noising noising,
                        double z2) {
  const kac_component *plugin = plugin_load("integrator", name);
  void *config = config_new(plugin);
  struct fake fake = {
      .noising = noising, .z2 = z2, .b = {1.5, 0.3}, .s = {1.5, 0.3}};
  double error[3];
  for (size_t i = 0; i < 3; i++) {
    const kac_integrator_ops *ops = plugin->ops;
    fake_init(&fake, ops->step ? 3 : 2, ops->step ? 1 : 2, plugin, config);
    error[i] = run_error(plugin, config, &fake, (size_t)40 << i);
    fake_free(&fake);
  }
  check_rates(name, error, order);
  free(config);
}

START_TEST(euler_maruyama_is_its_formula_for_both_signs_of_du) {
  const kac_component *plugin = plugin_load("integrator", "euler_maruyama");
  const kac_integrator_ops *ops = plugin->ops;
  struct fake fake = {0};
  fake_init(&fake, 1, 1, plugin, NULL);
  kac_coeffs hot = {.struct_size = sizeof hot, .t = 0.75, .eps = 0.5};
  kac_coeffs cold = {.struct_size = sizeof cold, .t = 0.625, .eps = 0.25};
  double x = 1, b = 2, s = -3, mean;
  kac_field_io f = {.struct_size = sizeof f, .b = &b, .s = &s, .ld = 1};
  kac_kernel_io io = {.struct_size = sizeof io,
                      .c0 = &hot,
                      .c1 = &cold,
                      .x = {.real = &x, .ld = 1},
                      .f = &f,
                      .mean = &mean,
                      .ld = 1};
  ck_assert_int_eq(ops->kernel(NULL, &fake.block, &io, NULL), KAC_OK);
  ck_assert_double_eq(mean, 1 + 2 * 0.125 - 3 * 0.0625);
  ck_assert_double_eq(io.var, 0.125);
  io.c0 = &cold;
  io.c1 = &hot;
  ck_assert_int_eq(ops->kernel(NULL, &fake.block, &io, NULL), KAC_OK);
  ck_assert_double_eq(mean, 1 - 2 * 0.125 - 3 * 0.03125);
  ck_assert_double_eq(io.var, 0.0625);
  fake_free(&fake);
}
END_TEST

START_TEST(orders_of_convergence_are_as_declared) {
  for (int z2 = 0; z2 <= 2; z2++) {
    check_order("euler_maruyama", 1, NOISING_VP, z2);
    check_order("heun", 2, NOISING_VP, z2);
    check_order("heun", 2, NOISING_EDM, z2);
    check_order("exponential", 1, NOISING_EDM, z2);
  }
}
END_TEST

START_TEST(heun_steps_into_sigma_zero_without_a_field_there) {
  const kac_component *plugin = plugin_load("integrator", "heun");
  struct fake fake = {.noising = NOISING_EDM, .b = {1, 0}, .s = {1, 0}};
  fake_init(&fake, 3, 1, plugin, NULL);
  fake.sigma_least = 1e-3;
  fake.is_constant = 1;
  double x[3] = {0, 1, 2};
  call_step(plugin, NULL, &fake, 0.5, 0, x);
  for (size_t i = 0; i < 3; i++) ck_assert_double_eq_tol(x[i], 1, 1e-15);
  fake_free(&fake);
}
END_TEST

START_TEST(langevin_settles_at_its_own_variance) {
  const kac_component *plugin = plugin_load("integrator", "langevin");
  void *config = config_new(plugin);
  config_real(plugin, config, "step", 0.1);
  struct fake fake = {.noising = NOISING_STATIC, .s = {2, 1}};
  fake_init(&fake, 3, 1, plugin, config);
  struct affine move = step_affine(plugin, config, &fake, 0.5, 0.5);
  struct law settled = {2, 1 / 0.95}, next = push(settled, move);
  ck_assert_double_eq_tol(next.mean, settled.mean, 1e-14);
  ck_assert_double_eq_tol(next.var, settled.var, 1e-14);
  fake_free(&fake);
  free(config);
}
END_TEST

START_TEST(sigma2_multiplies_the_step_and_refuses_sigma_zero) {
  const kac_component *plugin = plugin_load("integrator", "langevin");
  const kac_integrator_ops *ops = plugin->ops;
  void *config = config_new(plugin);
  config_real(plugin, config, "step", 0.1);
  config_int(plugin, config, "scale", 1);
  struct fake fake = {.noising = NOISING_EDM, .s = {0, 1}};
  fake_init(&fake, 3, 1, plugin, config);
  struct affine move = step_affine(plugin, config, &fake, 0.5, 0.5);
  ck_assert_double_eq_tol(move.var, 2 * 0.1 * 0.25, 1e-15);
  ck_assert_double_eq_tol(move.a, 1 - 0.1 * 0.25 / 1.25, 1e-15);
  kac_coeffs still = {.struct_size = sizeof still, .t = 0.5};
  kac_step_io io = {.struct_size = sizeof io, .c0 = &still, .c1 = &still};
  kac_error err = {0};
  ck_assert_int_eq(ops->step(config, &fake.block, &io, &err), KAC_EINVAL);
  ck_assert_str_eq(err.msg,
                   "the step is 0 at t = 0.5, where sigma is 0: expected > 0");
  fake_free(&fake);
  free(config);
}
END_TEST

static Suite *integrators(void) {
  Suite *suite = suite_create("integrators");
  TCase *moves = tcase_create("moves");
  tcase_set_timeout(moves, 60);
  tcase_add_test(moves, euler_maruyama_is_its_formula_for_both_signs_of_du);
  tcase_add_test(moves, orders_of_convergence_are_as_declared);
  tcase_add_test(moves, heun_steps_into_sigma_zero_without_a_field_there);
  tcase_add_test(moves, langevin_settles_at_its_own_variance);
  tcase_add_test(moves, sigma2_multiplies_the_step_and_refuses_sigma_zero);
  suite_add_tcase(suite, moves);
  return suite;
}

int main(void) {
  SRunner *runner = srunner_create(integrators());
  srunner_run_all(runner, CK_NORMAL);
  int n_failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
