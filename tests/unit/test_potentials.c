/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Potential plugins: the numbers in their comments, gradients against central
 * differences, verdicts of hard walls, refusals. */
#include "../plugin_fixture.h"

enum { MAX_ROWS = 16, MAX_D = 8, LD = MAX_D + 1 };
static const double untouched = -7.25e77;

struct answer {
  double phi[MAX_ROWS], dphi[MAX_ROWS * LD];
};

/* n rows of n_real numbers without padding. */
static struct answer ask(struct fixture *f, uint64_t want, const double *x,
                         size_t n) {
  struct answer a;
  for (size_t i = 0; i < MAX_ROWS; i++) a.phi[i] = untouched;
  for (size_t i = 0; i < MAX_ROWS * LD; i++) a.dphi[i] = untouched;
  kac_potential_io io = {.struct_size = sizeof io,
                         .want = want,
                         .t = 0.5,
                         .x = fixture_rows(x, f->space.n_real),
                         .phi = a.phi,
                         .dphi = a.dphi,
                         .ld = LD};
  struct fixture_block b = fixture_block(f, 0, n);
  const kac_potential_ops *ops = f->component->ops;
  kac_status status = ops->eval(f->self, &b.block, &io, &f->err);
  ck_assert_msg(status == KAC_OK, "%s", f->err.msg);
  return a;
}

static const uint64_t both = KAC_Q_PHI | KAC_Q_DPHI;

/* Opens `name` on two bodies in the plane with parameters that matter. */
static void open_case(struct fixture *f, const char *name) {
  static const double steps[] = {0.3, -1.2, 2, 0.7};
  static const double low[] = {-1, -0.5, 0, -2}, one = 1;
  fixture_open(f, "potential", name);
  if (!strcmp(name, "linear")) fixture_vector(f, "slope", steps, 4);
  if (!strcmp(name, "sinusoid")) {
    fixture_vector(f, "wave", steps, 4);
    fixture_real(f, "amplitude", -1.5);
    fixture_real(f, "phase", 0.4);
  }
  if (!strcmp(name, "quadratic")) {
    fixture_vector(f, "stiffness", &one, 1);
    fixture_vector(f, "center", steps, 4);
  }
  if (!strcmp(name, "box")) {
    fixture_vector(f, "lower", low, 4);
    fixture_vector(f, "upper", &one, 1);
    fixture_real(f, "wall", 3);
  }
  if (!strcmp(name, "contact")) fixture_real(f, "cutoff", 1.5);
  if (!strcmp(name, "observation")) {
    static const double a[] = {1, 0, -0.5, 2, 0.3, 1, 1, 0};
    static const size_t shape[] = {2, 4};
    fixture_vector(f, "y", steps, 2);
    fixture_vector(f, "sigma", &one, 1);
    fixture_array(f, "operator", a, 2, shape);
  }
  fixture_start(f, 2, 2, MAX_ROWS);
}

static const char *const names[] = {"linear",     "quadratic", "box",
                                    "sinusoid",   "distance",  "contact",
                                    "observation"};
enum { N_NAMES = sizeof names / sizeof *names, N_POINTS = 8 };

START_TEST(gradients_match_central_differences) {
  struct fixture f;
  double x[N_POINTS * 4], moved[N_POINTS * 4];
  open_case(&f, names[_i]);
  for (size_t i = 0; i < N_POINTS * 4; i++) x[i] = 2 * fixture_normal(i);
  struct answer at = ask(&f, both, x, N_POINTS);
  const double h = 1e-5;
  for (size_t j = 0; j < 4; j++) {
    for (size_t i = 0; i < N_POINTS * 4; i++)
      moved[i] = x[i] + (i % 4 == j ? h : 0);
    struct answer up = ask(&f, KAC_Q_PHI, moved, N_POINTS);
    for (size_t i = j; i < N_POINTS * 4; i += 4) moved[i] = x[i] - h;
    struct answer down = ask(&f, KAC_Q_PHI, moved, N_POINTS);
    for (size_t i = 0; i < N_POINTS; i++) {
      double slope = (up.phi[i] - down.phi[i]) / (2 * h);
      ck_assert_double_eq_tol(at.dphi[i * LD + j], slope,
                              1e-8 * (1 + fabs(slope)));
    }
  }
  fixture_close(&f);
}
END_TEST

START_TEST(only_what_is_wanted_is_written) {
  struct fixture f;
  double x[] = {0.1, 0.2, 3, 4};
  open_case(&f, names[_i]);
  struct answer all = ask(&f, both, x, 1), phi = ask(&f, KAC_Q_PHI, x, 1);
  struct answer dphi = ask(&f, KAC_Q_DPHI, x, 1);
  ck_assert_double_eq(phi.phi[0], all.phi[0]);
  ck_assert_double_eq(dphi.phi[0], untouched);
  ck_assert_double_eq(all.phi[1], untouched);
  for (size_t j = 0; j < LD; j++) {
    ck_assert_double_eq(phi.dphi[j], untouched);
    ck_assert_double_eq(dphi.dphi[j], all.dphi[j]);
  }
  for (size_t j = 4; j < LD; j++) ck_assert_double_eq(all.dphi[j], untouched);
  fixture_close(&f);
}
END_TEST

/* -inf would be a verdict: a NaN has to arrive as NaN. */
START_TEST(nan_stays_nan) {
  struct fixture f;
  double x[] = {KAC_NAN, 0.2, 3, 4};
  open_case(&f, names[_i]);
  ck_assert(isnan(ask(&f, KAC_Q_PHI, x, 1).phi[0]));
  fixture_close(&f);
}
END_TEST

START_TEST(linear_has_the_value_in_its_comment) {
  struct fixture f;
  double slope[] = {2, -1}, x[] = {1, 3};
  fixture_open(&f, "potential", "linear");
  fixture_vector(&f, "slope", slope, 2);
  fixture_start(&f, 1, 2, MAX_ROWS);
  struct answer a = ask(&f, both, x, 1);
  ck_assert_double_eq(a.phi[0], -1);
  ck_assert(a.dphi[0] == 2 && a.dphi[1] == -1);
  fixture_close(&f);
}
END_TEST

START_TEST(quadratic_has_the_value_in_its_comment) {
  struct fixture f;
  double stiffness = 1.0 / 3, center = 1, x[] = {4, 1};
  fixture_open(&f, "potential", "quadratic");
  fixture_vector(&f, "stiffness", &stiffness, 1);
  fixture_vector(&f, "center", &center, 1);
  fixture_start(&f, 1, 1, MAX_ROWS);
  struct answer a = ask(&f, both, x, 2);
  ck_assert_double_eq(a.phi[0], -1.5);
  ck_assert_double_eq(a.dphi[0], -1);
  ck_assert_double_eq(a.phi[1], 0);
  fixture_close(&f);
}
END_TEST

START_TEST(quadratic_defaults_to_a_unit_spring_at_the_origin) {
  struct fixture f;
  double x[] = {1, 2, 2};
  fixture_open(&f, "potential", "quadratic");
  fixture_start(&f, 1, 3, MAX_ROWS);
  ck_assert_double_eq(ask(&f, KAC_Q_PHI, x, 1).phi[0], -4.5);
  fixture_close(&f);
}
END_TEST

START_TEST(hard_box_says_zero_or_impossible) {
  struct fixture f;
  double lower = -1, upper[] = {1, 2};
  double x[] = {0, 0, -1, 2, 0, 2.001, -1.5, 0, 1, -1};
  static const double inside[] = {1, 1, 0, 0, 1};
  fixture_open(&f, "potential", "box");
  fixture_vector(&f, "lower", &lower, 1);
  fixture_vector(&f, "upper", upper, 2);
  fixture_start(&f, 1, 2, MAX_ROWS);
  struct answer a = ask(&f, both, x, 5);
  for (size_t i = 0; i < 5; i++) {
    ck_assert(a.phi[i] == (inside[i] > 0 ? 0 : -KAC_INF));
    ck_assert(a.dphi[i * LD] == 0 && a.dphi[i * LD + 1] == 0);
  }
  fixture_close(&f);
}
END_TEST

START_TEST(soft_box_has_the_value_in_its_comment) {
  struct fixture f;
  double lower = -1, upper = 1, x[] = {0, 3};
  fixture_open(&f, "potential", "box");
  fixture_vector(&f, "lower", &lower, 1);
  fixture_vector(&f, "upper", &upper, 1);
  fixture_real(&f, "wall", 5);
  fixture_start(&f, 1, 2, MAX_ROWS);
  struct answer a = ask(&f, both, x, 1);
  ck_assert_double_eq(a.phi[0], -10);
  ck_assert(a.dphi[0] == 0 && a.dphi[1] == -10);
  fixture_close(&f);
}
END_TEST

START_TEST(box_without_sides_allows_everything) {
  struct fixture f;
  double x[] = {-1e300, 1e300};
  fixture_open(&f, "potential", "box");
  fixture_start(&f, 1, 2, MAX_ROWS);
  ck_assert_double_eq(ask(&f, KAC_Q_PHI, x, 1).phi[0], 0);
  fixture_close(&f);
}
END_TEST

START_TEST(sinusoid_has_the_value_in_its_comment) {
  struct fixture f;
  double wave = 3.14159265358979323846, x = 0.5;
  fixture_open(&f, "potential", "sinusoid");
  fixture_vector(&f, "wave", &wave, 1);
  fixture_real(&f, "amplitude", 2);
  fixture_start(&f, 1, 1, MAX_ROWS);
  struct answer a = ask(&f, both, &x, 1);
  ck_assert_double_eq(a.phi[0], 2);
  ck_assert_double_eq_tol(a.dphi[0], 0, 1e-15);
  fixture_close(&f);
}
END_TEST

START_TEST(pair_terms_have_the_values_in_their_comments) {
  static const char *const pair[] = {"distance", "contact"};
  struct fixture f;
  double x[] = {0, 0, 3, 4, 0, 0, 0.6, 0, 1, 1, 1, 1};
  fixture_open(&f, "potential", pair[_i]);
  fixture_real(&f, "stiffness", 2);
  fixture_start(&f, 2, 2, MAX_ROWS);
  struct answer a = ask(&f, both, x, 3);
  ck_assert_double_eq(a.phi[0], -16);
  ck_assert_double_eq_tol(a.dphi[0], 4.8, 1e-15);
  ck_assert_double_eq_tol(a.dphi[1], 6.4, 1e-15);
  ck_assert_double_eq_tol(a.dphi[2], -4.8, 1e-15);
  ck_assert_double_eq_tol(a.phi[1], _i ? 0 : -0.16, 1e-16);
  /* Bodies that meet: no direction, no force, no NaN. */
  ck_assert_double_eq(a.phi[2], _i ? 0 : -1);
  for (size_t j = 0; j < 4; j++) ck_assert_double_eq(a.dphi[2 * LD + j], 0);
  fixture_close(&f);
}
END_TEST

START_TEST(pair_terms_act_on_the_bodies_named) {
  struct fixture f;
  double x[] = {9, 9, 0, 0, 9, 9, 3, 4};
  fixture_open(&f, "potential", "distance");
  fixture_int(&f, "i", 3);
  fixture_int(&f, "j", 1);
  fixture_start(&f, 4, 2, MAX_ROWS);
  struct answer a = ask(&f, both, x, 1);
  ck_assert_double_eq(a.phi[0], -8);
  ck_assert(a.dphi[0] == 0 && a.dphi[1] == 0);
  ck_assert(a.dphi[4] == 0 && a.dphi[5] == 0);
  ck_assert(a.dphi[6] < 0 && a.dphi[2] > 0);
  fixture_close(&f);
}
END_TEST

static void check_refused(struct fixture *f, size_t n_bodies, size_t n_dim,
                          const char *message) {
  ck_assert_int_eq(fixture_plan(f, n_bodies, n_dim, 8), KAC_EINVAL);
  ck_assert_str_eq(f->err.msg, message);
  fixture_close(f);
}

START_TEST(box_refuses_sides_that_cross) {
  struct fixture f;
  double lower[] = {0, 2}, upper = 1;
  fixture_open(&f, "potential", "box");
  fixture_vector(&f, "lower", lower, 2);
  fixture_vector(&f, "upper", &upper, 1);
  check_refused(&f, 1, 2, "lower 2 of coordinate 1 is not below upper 1");
}
END_TEST

START_TEST(pair_terms_refuse_a_body_that_is_not_there) {
  struct fixture f;
  fixture_open(&f, "potential", _i ? "contact" : "distance");
  fixture_int(&f, "j", 4);
  check_refused(&f, 4, 2,
                "there is no body 4: the state has 4, counted from 0");
}
END_TEST

START_TEST(pair_terms_refuse_a_body_with_itself) {
  struct fixture f;
  fixture_open(&f, "potential", _i ? "contact" : "distance");
  fixture_int(&f, "i", 1);
  check_refused(&f, 4, 2, "i and j are both body 1");
}
END_TEST

static TCase *cases(void) {
  TCase *tc = tcase_create("potentials");
  tcase_add_loop_test(tc, gradients_match_central_differences, 0, N_NAMES);
  tcase_add_loop_test(tc, only_what_is_wanted_is_written, 0, N_NAMES);
  tcase_add_loop_test(tc, nan_stays_nan, 0, N_NAMES);
  tcase_add_test(tc, linear_has_the_value_in_its_comment);
  tcase_add_test(tc, quadratic_has_the_value_in_its_comment);
  tcase_add_test(tc, quadratic_defaults_to_a_unit_spring_at_the_origin);
  tcase_add_test(tc, hard_box_says_zero_or_impossible);
  tcase_add_test(tc, soft_box_has_the_value_in_its_comment);
  tcase_add_test(tc, box_without_sides_allows_everything);
  tcase_add_test(tc, sinusoid_has_the_value_in_its_comment);
  tcase_add_loop_test(tc, pair_terms_have_the_values_in_their_comments, 0, 2);
  tcase_add_test(tc, pair_terms_act_on_the_bodies_named);
  tcase_add_test(tc, box_refuses_sides_that_cross);
  tcase_add_loop_test(tc, pair_terms_refuse_a_body_that_is_not_there, 0, 2);
  tcase_add_loop_test(tc, pair_terms_refuse_a_body_with_itself, 0, 2);
  return tc;
}

int main(void) {
  Suite *suite = suite_create("potentials");
  suite_add_tcase(suite, cases());
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int n_failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return n_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
