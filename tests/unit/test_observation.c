/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The potential `observation`: its numbers, the two ways to say A, what a
 * denoised mean leaves open, refusals.  Its gradient against differences is in
 * test_potentials.c. */
#include "../plugin_fixture.h"

enum { MAX_D = 3 };
struct answer {
  double phi, dphi_dt, dphi[MAX_D];
};

/* One row at a time of a variance-preserving process. */
static struct answer ask(struct fixture *f, double t, uint32_t flags,
                         const double *x) {
  struct answer a;
  double sigma = sqrt(-expm1(-2 * t));
  f->now = (kac_coeffs){.alpha = exp(-t),
                        .sigma = sigma,
                        .dalpha = -exp(-t),
                        .dsigma = exp(-2 * t) / sigma};
  kac_potential_io io = {.struct_size = sizeof io,
                         .flags = flags,
                         .want = KAC_Q_PHI | KAC_Q_DPHI | KAC_Q_DPHI_DT,
                         .t = t,
                         .x = fixture_rows(x, f->space.n_real),
                         .phi = &a.phi,
                         .dphi = a.dphi,
                         .ld = MAX_D,
                         .dphi_dt = &a.dphi_dt};
  struct fixture_block b = fixture_block(f, 0, 1);
  const kac_potential_ops *ops = f->component->ops;
  ck_assert_int_eq(ops->eval(f->self, &b.block, &io, &f->err), KAC_OK);
  return a;
}

static const double row[] = {1, 2}, y = 4, sigma = 2, ones[] = {1, 1};

static void open_row(struct fixture *f, double data_variance) {
  static const size_t shape[] = {1, 2};
  fixture_open(f, "potential", "observation");
  fixture_vector(f, "y", &y, 1);
  fixture_vector(f, "sigma", &sigma, 1);
  fixture_array(f, "operator", row, 2, shape);
  fixture_real(f, "data_variance", data_variance);
  fixture_start(f, 1, 2, 1);
}

START_TEST(it_has_the_value_in_its_comment) {
  struct fixture f;
  open_row(&f, 0);
  struct answer a = ask(&f, 0.5, 0, ones);
  ck_assert_double_eq_tol(a.phi, -1.7370857, 1e-7);
  ck_assert(a.dphi[0] == 0.25 && a.dphi[1] == 0.5);
  ck_assert_double_eq(a.dphi_dt, 0);
  fixture_close(&f);
}
END_TEST

/* A matrix that picks; one coordinate may be measured twice. */
START_TEST(coordinates_are_rows_of_an_operator) {
  double a[] = {0, 0, 1, 1, 0, 0, 0, 0, 1}, picks[] = {2, 0, 2};
  double z[] = {0.5, -1, 2}, width[] = {0.5, 1, 2}, x[] = {0.3, 7, -0.2};
  static const size_t shape[] = {3, 3};
  struct answer seen[2];
  for (int k = 0; k < 2; k++) {
    struct fixture f;
    fixture_open(&f, "potential", "observation");
    fixture_vector(&f, "y", z, 3);
    fixture_vector(&f, "sigma", width, 3);
    fixture_real(&f, "data_variance", 0.3);
    if (k == 0) fixture_array(&f, "operator", a, 2, shape);
    if (k == 1) fixture_vector(&f, "coordinates", picks, 3);
    fixture_start(&f, 1, 3, 1);
    seen[k] = ask(&f, 0.5, 0, x);
    fixture_close(&f);
  }
  ck_assert_double_eq(seen[0].phi, seen[1].phi);
  for (size_t j = 0; j < 3; j++)
    ck_assert_double_eq(seen[0].dphi[j], seen[1].dphi[j]);
}
END_TEST

/* y ~ N(A D, s^2 + w |A|^2) on the way, N(A x, s^2) at the end. */
START_TEST(it_is_wider_by_what_is_left_open) {
  struct fixture f;
  const double h = 1e-5, pi = acos(-1.0);
  open_row(&f, 0.5);
  double noise = -expm1(-1), total = exp(-1) * 0.5 + noise;
  double var = 4 + 5 * 0.5 * noise / total;
  struct answer at = ask(&f, 0.5, 0, ones);
  double up = ask(&f, 0.5 + h, 0, ones).phi;
  double down = ask(&f, 0.5 - h, 0, ones).phi;
  ck_assert_double_eq_tol(at.phi, -0.5 / var - 0.5 * log(2 * pi * var), 1e-14);
  ck_assert_double_eq_tol(at.dphi[1], 2 / var, 1e-15);
  ck_assert_double_eq_tol(at.dphi_dt, (up - down) / (2 * h), 1e-9);
  ck_assert_double_eq_tol(ask(&f, 0.5, KAC_FINAL, ones).phi, -1.7370857, 1e-7);
  fixture_close(&f);
}
END_TEST

static void check_refused(struct fixture *f, size_t d, const char *message) {
  ck_assert_int_eq(fixture_plan(f, 1, d, 1), KAC_EINVAL);
  ck_assert_str_eq(f->err.msg, message);
  fixture_close(f);
}

START_TEST(what_cannot_be_measured_is_refused) {
  static const double wrong[] = {3, 0.5}, one = 1;
  static const char *const messages[] = {
      "coordinates[0] = 3, expected a whole number from 0 to 2",
      "coordinates[0] = 0.5, expected a whole number from 0 to 2"};
  static const size_t shape[] = {1, 1};
  struct fixture f;
  for (int i = 0; i < 2; i++) {
    fixture_open(&f, "potential", "observation");
    fixture_vector(&f, "coordinates", &wrong[i], 1);
    check_refused(&f, 3, messages[i]);
  }
  fixture_open(&f, "potential", "observation");
  check_refused(&f, 3,
                "none of operator and coordinates are given, expected one");
  fixture_open(&f, "potential", "observation");
  fixture_vector(&f, "coordinates", &one, 1);
  fixture_array(&f, "operator", &one, 2, shape);
  check_refused(&f, 1,
                "both of operator and coordinates are given, expected one");
}
END_TEST

int main(void) {
  Suite *suite = suite_create("observation");
  TCase *tc = tcase_create("observation");
  tcase_add_test(tc, it_has_the_value_in_its_comment);
  tcase_add_test(tc, coordinates_are_rows_of_an_operator);
  tcase_add_test(tc, it_is_wider_by_what_is_left_open);
  tcase_add_test(tc, what_cannot_be_measured_is_refused);
  suite_add_tcase(suite, tc);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int n_failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return n_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
