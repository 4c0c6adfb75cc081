/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Metropolis-adjusted Langevin move: invariance, acceptance, and the field
 * that it hands back.  Four statistics gate at 6 standard errors: family
 * false-alarm rate 1e-8. */
#include "../field_fixture.h"

enum { N_ROWS = 200000 };
struct sampled {
  struct fake fake;
  const kac_component *plugin;
  void *config;
  double *x, *s, *logpi, *terms, *accept;
  kac_coeffs now;
  kac_field_io f;
  kac_step_io io;
};

static void sampled_init(struct sampled *t, const char *name, double h,
                         size_t n) {
  *t = (struct sampled){.plugin = plugin_load("integrator", name)};
  t->config = config_new(t->plugin);
  config_real(t->plugin, t->config, "step", h);
  t->fake = (struct fake){.noising = NOISING_STATIC, .s = {0, 1}, .b = {0, 1}};
  fake_init(&t->fake, n, 1, t->plugin, t->config);
  t->fake.block.step = 11;
  t->x = alloc_zero(7 * n * sizeof *t->x);
  t->s = t->x + n;
  t->logpi = t->s + n;
  t->accept = t->logpi + n;
  t->terms = t->accept + n;
  t->now = fake_coeffs(&t->fake, 0.5);
  t->f = (kac_field_io){.struct_size = sizeof t->f,
                        .want = KAC_Q_S | KAC_Q_LOGPI | KAC_Q_G,
                        .t = 0.5,
                        .t_next = 0.25,
                        .x = {.real = t->x, .ld = 1},
                        .s = t->s,
                        .ld = 1,
                        .g = t->terms + 2 * n,
                        .logpi = t->logpi,
                        .terms = t->terms,
                        .n_terms = 2};
  t->io = (kac_step_io){.struct_size = sizeof t->io,
                        .c0 = &t->now,
                        .c1 = &t->now,
                        .x = {.real = t->x, .ld = 1},
                        .f = &t->f,
                        .accept = t->accept};
  for (size_t i = 0; i < n; i++) {
    t->x[i] = normal_at(5, 0, i);
    fake_row(&t->fake, &t->f, i);
  }
}

static void sampled_free(struct sampled *t) {
  fake_free(&t->fake);
  free(t->x);
  free(t->config);
}

static kac_status sampled_step(struct sampled *t, kac_error *err) {
  const kac_integrator_ops *ops = t->plugin->ops;
  return ops->step(t->config, &t->fake.block, &t->io, err);
}

static double zscore(const double *y, size_t n, int power, double exact) {
  double mean = 0, var = 0;
  for (size_t i = 0; i < n; i++) mean += pow(y[i], power) / (double)n;
  for (size_t i = 0; i < n; i++)
    var += (pow(y[i], power) - mean) * (pow(y[i], power) - mean) / (double)n;
  return (mean - exact) / sqrt(var / (double)n);
}

/* E min(1, ratio) over x ~ N(0, 1) and xi ~ N(0, 1), midpoint rule. */
static double exact_acceptance(double h) {
  double sum = 0, step = 0.01;
  for (int i = -800; i < 800; i++)
    for (int j = -800; j < 800; j++) {
      double x = (i + 0.5) * step, xi = (j + 0.5) * step;
      double to = x - h * x + sqrt(2 * h) * xi, gap = x - to + h * to;
      double ratio = (x * x - to * to + xi * xi) / 2 - gap * gap / (4 * h);
      double log_p = -(x * x + xi * xi) / 2 + (ratio < 0 ? ratio : 0);
      sum += exp(log_p);
    }
  return sum * step * step / 6.283185307179586;
}

START_TEST(mala_gives_the_number_of_its_header) {
  struct sampled t;
  sampled_init(&t, "mala", 0.5, 1);
  t.fake.is_constant = 1;
  t.fake.constant = 1;
  t.x[0] = 1;
  fake_row(&t.fake, &t.f, 0);
  ck_assert_int_eq(sampled_step(&t, NULL), KAC_OK);
  ck_assert_double_eq_tol(t.accept[0], exp(-0.15625), 1e-15);
  sampled_free(&t);
}
END_TEST

START_TEST(mala_leaves_a_gaussian_invariant_and_accepts_as_it_should) {
  struct sampled t;
  sampled_init(&t, "mala", 0.8, N_ROWS);
  ck_assert_int_eq(sampled_step(&t, NULL), KAC_OK);
  ck_assert_uint_eq(t.io.f_valid, 1);
  ck_assert_double_le(fabs(zscore(t.x, N_ROWS, 1, 0)), 6);
  ck_assert_double_le(fabs(zscore(t.x, N_ROWS, 2, 1)), 6);
  ck_assert_double_le(fabs(zscore(t.x, N_ROWS, 4, 3)), 6);
  double exact = exact_acceptance(0.8);
  ck_assert_double_le(fabs(zscore(t.accept, N_ROWS, 1, exact)), 6);
  sampled_free(&t);
}
END_TEST

/* The negative control: the same move with every proposal accepted. */
START_TEST(the_test_of_invariance_catches_unadjusted_langevin) {
  struct sampled t;
  sampled_init(&t, "langevin", 0.8, N_ROWS);
  ck_assert_int_eq(sampled_step(&t, NULL), KAC_OK);
  ck_assert_double_gt(fabs(zscore(t.x, N_ROWS, 2, 1)), 6);
  sampled_free(&t);
}
END_TEST

START_TEST(mala_hands_back_the_field_of_the_rows_that_it_kept) {
  struct sampled t;
  sampled_init(&t, "mala", 1.2, 1000);
  ck_assert_int_eq(sampled_step(&t, NULL), KAC_OK);
  size_t n_moved = 0;
  for (size_t i = 0; i < 1000; i++) {
    double x = t.x[i];
    n_moved += x != normal_at(5, 0, i);
    ck_assert_double_eq(t.s[i], -x);
    ck_assert_double_eq(t.logpi[i], -0.5 * x * x);
    ck_assert_double_eq(t.f.g[i], 3 * x);
    ck_assert_double_eq(t.terms[2 * i], x);
    ck_assert_double_eq(t.terms[2 * i + 1], x + 1);
  }
  ck_assert_uint_gt(n_moved, 500);
  ck_assert_uint_lt(n_moved, 1000);
  sampled_free(&t);
}
END_TEST

START_TEST(mala_rejects_the_impossible_even_without_a_score_there) {
  struct sampled t;
  sampled_init(&t, "mala", 0.8, 1000);
  t.fake.wall = 0;
  for (size_t i = 0; i < 1000; i++) {
    t.x[i] = fabs(t.x[i]);
    fake_row(&t.fake, &t.f, i);
  }
  size_t n_impossible = 0;
  ck_assert_int_eq(sampled_step(&t, NULL), KAC_OK);
  for (size_t i = 0; i < 1000; i++) {
    ck_assert_double_ge(t.x[i], 0);
    n_impossible += t.accept[i] <= 0;
  }
  ck_assert_uint_gt(n_impossible, 100);
  sampled_free(&t);
}
END_TEST

START_TEST(mala_does_without_outputs_that_the_field_lacks) {
  struct sampled t;
  sampled_init(&t, "mala", 0.8, 100);
  t.f.g = NULL;
  t.f.terms = NULL;
  t.io.accept = NULL;
  ck_assert_int_eq(sampled_step(&t, NULL), KAC_OK);
  for (size_t i = 0; i < 100; i++) ck_assert_double_eq(t.s[i], -t.x[i]);
  sampled_free(&t);
}
END_TEST

START_TEST(mala_refuses_more_terms_than_it_has_room_for) {
  struct sampled t;
  sampled_init(&t, "mala", 0.8, 10);
  t.f.n_terms = 49;
  kac_error err = {0};
  ck_assert_int_eq(sampled_step(&t, &err), KAC_EUNSUPPORTED);
  ck_assert_str_eq(err.msg,
                   "the field has 49 values per row, expected at most 48");
  sampled_free(&t);
}
END_TEST

START_TEST(mala_names_the_row_whose_density_is_not_a_number) {
  struct sampled t;
  sampled_init(&t, "mala", 0.8, 10);
  t.logpi[7] = KAC_NAN;
  kac_error err = {0};
  ck_assert_int_eq(sampled_step(&t, &err), KAC_ENUMERIC);
  ck_assert_int_eq(err.row, 7);
  ck_assert_ptr_nonnull(strstr(err.msg, "the acceptance ratio is NaN"));
  sampled_free(&t);
}
END_TEST

static Suite *mala(void) {
  Suite *suite = suite_create("mala");
  TCase *moves = tcase_create("moves");
  tcase_set_timeout(moves, 60);
  tcase_add_test(moves, mala_gives_the_number_of_its_header);
  tcase_add_test(moves,
                 mala_leaves_a_gaussian_invariant_and_accepts_as_it_should);
  tcase_add_test(moves, the_test_of_invariance_catches_unadjusted_langevin);
  tcase_add_test(moves, mala_hands_back_the_field_of_the_rows_that_it_kept);
  tcase_add_test(moves, mala_rejects_the_impossible_even_without_a_score_there);
  tcase_add_test(moves, mala_does_without_outputs_that_the_field_lacks);
  tcase_add_test(moves, mala_refuses_more_terms_than_it_has_room_for);
  tcase_add_test(moves, mala_names_the_row_whose_density_is_not_a_number);
  suite_add_tcase(suite, moves);
  return suite;
}

int main(void) {
  SRunner *runner = srunner_create(mala());
  srunner_run_all(runner, CK_NORMAL);
  int n_failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
