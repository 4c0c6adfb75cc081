/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One move of an integrator on a linear field, where it is x' = a x + c plus
 * noise of variance var: read off from a few rows, so that means and variances
 * can be followed without sampling. */
#ifndef KAC_TESTS_MOVE_FIXTURE_H
#define KAC_TESTS_MOVE_FIXTURE_H
#include "field_fixture.h"

struct affine {
  double a, c, var; /* mean = a x + c */
};
struct law {
  double mean, var;
};

__attribute__((unused)) static struct law push(struct law law,
                                               struct affine move) {
  return (struct law){move.a * law.mean + move.c,
                      move.a * move.a * law.var + move.var};
}

__attribute__((unused)) static struct law noised(const struct gaussian *q,
                                                 const kac_coeffs *c) {
  return (struct law){c->alpha * q->m, gaussian_var(q, c)};
}

/* A kernel's answer at two rows of two columns with padding behind them. */
__attribute__((unused)) static kac_status call_kernel(
    const kac_component *plugin, const void *config, struct fake *fake,
    double t0, double t1, const double *x, double *mean, double *var,
    kac_error *err) {
  const kac_integrator_ops *ops = plugin->ops;
  kac_coeffs c0 = fake_coeffs(fake, t0), c1 = fake_coeffs(fake, t1);
  double b[6], s[6];
  kac_field_io f = {.struct_size = sizeof f,
                    .want = KAC_Q_B | KAC_Q_S,
                    .t = t0,
                    .t_next = t1,
                    .x = {.real = x, .ld = 3},
                    .b = b,
                    .s = s,
                    .ld = 3};
  for (size_t i = 0; i < 2; i++) fake_row(fake, &f, i);
  kac_kernel_io io = {.struct_size = sizeof io,
                      .c0 = &c0,
                      .c1 = &c1,
                      .x = f.x,
                      .f = &f,
                      .mean = mean,
                      .ld = 3};
  kac_status status = ops->kernel(config, &fake->block, &io, err);
  *var = io.var;
  return status;
}

__attribute__((unused)) static struct affine kernel_affine(
    const kac_component *plugin, const void *config, struct fake *fake,
    double t0, double t1) {
  const double x[6] = {0, 1, 9, 2, 3, 9};
  double mean[6] = {7, 7, 7, 7, 7, 7}, var;
  kac_error err = {0};
  kac_status status =
      call_kernel(plugin, config, fake, t0, t1, x, mean, &var, &err);
  ck_assert_msg(status == KAC_OK, "%s", err.msg);
  struct affine move = {mean[1] - mean[0], mean[0], var};
  ck_assert_double_eq_tol(mean[3], mean[0] + 2 * move.a, 1e-12);
  ck_assert_double_eq_tol(mean[4], mean[0] + 3 * move.a, 1e-12);
  ck_assert_double_eq(mean[2], 7);
  ck_assert_double_eq(mean[5], 7);
  return move;
}

/* One step at three rows of one column: x = 0, 1, 2 with a given normal. */
__attribute__((unused)) static void call_step(const kac_component *plugin,
                                              const void *config,
                                              struct fake *fake, double t0,
                                              double t1, double *x) {
  const kac_integrator_ops *ops = plugin->ops;
  kac_coeffs c0 = fake_coeffs(fake, t0), c1 = fake_coeffs(fake, t1);
  double b[3], s[3], logpi[3], accept[3] = {0}, dlogw[3] = {0};
  kac_field_io f = {.struct_size = sizeof f,
                    .want = KAC_Q_B | KAC_Q_S | KAC_Q_LOGPI,
                    .t = t0,
                    .t_next = t1,
                    .x = {.real = x, .ld = 1},
                    .b = b,
                    .s = s,
                    .ld = 1,
                    .logpi = logpi};
  for (size_t i = 0; i < 3; i++) fake_row(fake, &f, i);
  kac_step_io io = {.struct_size = sizeof io,
                    .c0 = &c0,
                    .c1 = &c1,
                    .x = {.real = x, .ld = 1},
                    .f = &f,
                    .dlogw = dlogw,
                    .accept = ops->role & KAC_INVARIANT ? accept : NULL};
  kac_error err = {0};
  kac_status status = ops->step(config, &fake->block, &io, &err);
  ck_assert_msg(status == KAC_OK, "%s", err.msg);
  ck_assert_uint_eq(io.f_valid, 0);
  for (size_t i = 0; i < 3; i++) ck_assert_double_eq(dlogw[i], 0);
}

__attribute__((unused)) static struct affine step_affine(
    const kac_component *plugin, const void *config, struct fake *fake,
    double t0, double t1) {
  double x[3] = {0, 1, 2}, y[3] = {0, 1, 2};
  fake->is_constant = 1;
  fake->constant = 0;
  call_step(plugin, config, fake, t0, t1, x);
  fake->constant = 1;
  call_step(plugin, config, fake, t0, t1, y);
  struct affine move = {x[1] - x[0], x[0], (y[0] - x[0]) * (y[0] - x[0])};
  ck_assert_double_eq_tol(x[2], x[0] + 2 * move.a, 1e-12);
  return move;
}

/* Errors at n, 2n and 4n steps shrink by 2^order. */
__attribute__((unused)) static void check_rates(const char *name,
                                                const double error[3],
                                                double order) {
  for (size_t i = 0; i < 2; i++) {
    double seen = log2(error[i] / error[i + 1]);
    ck_assert_msg(fabs(seen - order) < 0.15, "%s: order %g, errors %g %g %g",
                  name, seen, error[0], error[1], error[2]);
  }
}

#endif
