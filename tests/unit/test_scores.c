/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The score gaussian, and the energies lennard_jones, double_well and
 * mueller_brown: known numbers, published minima, laws between answers,
 * symmetries, and what happens where bodies meet.  gmm has test_gmm.c. */
#include "../score_fixture.h"

static void set_noise(struct fixture *f, double alpha, double sigma) {
  f->now.alpha = alpha;
  f->now.sigma = sigma;
}

START_TEST(gaussian_has_the_value_in_its_comment) {
  struct fixture f;
  struct answer a;
  double mean = 0.5, variance = 2, x = 1;
  fixture_open(&f, "score", "gaussian");
  fixture_vector(&f, "mean", &mean, 1);
  fixture_vector(&f, "variance", &variance, 1);
  fixture_start(&f, 1, 1, MAX_ROWS);
  set_noise(&f, 1, 0);
  ask(&f, KAC_Q_SCORE | KAC_Q_LOGP | KAC_Q_DIV | KAC_Q_X0, 0, 1, &x, NULL, &a);
  ck_assert_double_eq(a.score[0], -0.25);
  ck_assert_double_eq_tol(a.logp[0], -1.3280121234846454, 1e-15);
  ck_assert_double_eq(a.div[0], -0.5);
  ck_assert_double_eq(a.x0[0], 1);
  ck_assert_double_eq(f.plan.sigma_data, 1.5);
  fixture_close(&f);
}
END_TEST

START_TEST(gaussian_obeys_the_laws) {
  struct fixture f;
  double mean[] = {1, -2, 0.5}, variance[] = {0.3, 1, 4};
  double x[MAX_ROWS * 3], v[MAX_ROWS * 3];
  fixture_open(&f, "score", "gaussian");
  fixture_vector(&f, "mean", mean, 3);
  fixture_vector(&f, "variance", variance, 3);
  fixture_start(&f, 1, 3, MAX_ROWS);
  set_noise(&f, 0.8, 0.5);
  normals(x, MAX_ROWS * 3, 3, 2.0);
  normals(v, MAX_ROWS * 3, 4, 1.0);
  for (size_t i = 0; i < 5; i++) {
    ck_assert_double_lt(law_gradient(&f, x + 3 * i, 1e-4, f.now), 1e-9);
    ck_assert_double_lt(law_divergence(&f, x + 3 * i, 1e-4), 1e-9);
    ck_assert_double_lt(law_vjp(&f, x + 3 * i, v + 3 * i, 1e-4), 1e-9);
    ck_assert_double_lt(law_conversions(&f, x + 3 * i), 1e-14);
  }
  ck_assert(law_split(&f, f.component->provides & ~KAC_Q_SAMPLE, x, v));
  fixture_close(&f);
}
END_TEST

START_TEST(gaussian_counts_the_directions_of_a_mean_free_state) {
  struct fixture f;
  struct answer a;
  double x[6] = {1, 0, -1, 1, 0, -1}, variance = 4;
  fixture_open(&f, "score", "gaussian");
  fixture_vector(&f, "variance", &variance, 1);
  f.space.flags = KAC_MEAN_FREE;
  fixture_start(&f, 3, 2, MAX_ROWS);
  set_noise(&f, 1, 0);
  ask(&f, KAC_Q_LOGP | KAC_Q_DIV, 0, 1, x, NULL, &a);
  /* Four directions: -4/2 log(2 pi 4) - 4/8. */
  ck_assert_double_eq_tol(a.logp[0], -6.948342855058472, 1e-14);
  ck_assert_double_eq(a.div[0], -1);
  fixture_close(&f);
}
END_TEST

START_TEST(gaussian_mean_must_be_zero_in_a_mean_free_state) {
  struct fixture f;
  double mean = 0.5;
  fixture_open(&f, "score", "gaussian");
  fixture_vector(&f, "mean", &mean, 1);
  f.space.flags = KAC_MEAN_FREE;
  ck_assert_int_eq(fixture_plan(&f, 3, 2, 8), KAC_EINVAL);
  ck_assert_str_eq(f.err.msg,
                   "the state is mean free: expected mean 0 and one number for "
                   "variance");
  fixture_close(&f);
}
END_TEST

static const uint64_t both = KAC_Q_SCORE | KAC_Q_LOGP;

static double energy_of(struct fixture *f, const double *x) {
  static struct answer a;
  ask(f, KAC_Q_LOGP, 0, 1, x, NULL, &a);
  return -a.logp[0];
}

/* An icosahedron of the given circumradius and its centre, 13 bodies. */
static void icosahedron(double radius, double *x) {
  const double golden = 1.6180339887498949;
  double unit = radius / sqrt(1 + golden * golden);
  memset(x, 0, 39 * sizeof *x);
  for (size_t i = 0; i < 12; i++) {
    size_t axis = i / 4;
    x[3 * (i + 1) + axis] = i & 1 ? unit : -unit;
    x[3 * (i + 1) + (axis + 1) % 3] = (i & 2 ? unit : -unit) * golden;
  }
}

static void open_cluster(struct fixture *f, double factor, double trap) {
  fixture_open(f, "score", "lennard_jones");
  fixture_real(f, "factor", factor);
  fixture_real(f, "trap", trap);
}

/* The published minimum has one free number, the size: golden section. */
START_TEST(lj13_icosahedron_has_the_published_energy) {
  struct fixture f;
  struct answer a;
  double x[39], low = 0.9, high = 1.0;
  const double part = 0.61803398874989485;
  open_cluster(&f, 1, 0);
  fixture_start(&f, 13, 3, MAX_ROWS);
  while (high - low > 1e-9) {
    double p = high - part * (high - low), q = low + part * (high - low);
    icosahedron(p, x);
    double at_p = energy_of(&f, x);
    icosahedron(q, x);
    if (at_p < energy_of(&f, x))
      high = q;
    else
      low = p;
  }
  icosahedron(low, x);
  ck_assert_double_eq_tol(energy_of(&f, x), -44.326801, 5e-7);
  ask(&f, KAC_Q_SCORE, 0, 1, x, NULL, &a);
  for (size_t j = 0; j < 39; j++) ck_assert_double_eq_tol(a.score[j], 0, 1e-5);
  fixture_close(&f);
}
END_TEST

/* The default is the benchmark: every pair twice, trap about the centre. */
START_TEST(lj_default_counts_pairs_twice_and_traps) {
  struct fixture f;
  double x[] = {10, 0, 0, 11, 0, 0};
  fixture_open(&f, "score", "lennard_jones");
  fixture_start(&f, 2, 3, MAX_ROWS);
  ck_assert_double_eq_tol(energy_of(&f, x), -2 + 0.25, 1e-15);
  fixture_close(&f);
}
END_TEST

START_TEST(lj_parameters_scale_as_the_formula_says) {
  struct fixture f;
  double x[] = {0, 0, 3, 4};
  open_cluster(&f, 1, 0.5);
  fixture_real(&f, "epsilon", 7);
  fixture_real(&f, "rm", 5);
  fixture_real(&f, "temperature", 4);
  fixture_start(&f, 2, 2, MAX_ROWS);
  /* E = -7 + .25 (2 * 2.5^2) */
  ck_assert_double_eq_tol(energy_of(&f, x), (-7 + 3.125) / 4, 1e-14);
  fixture_close(&f);
}
END_TEST

START_TEST(lj_bodies_that_meet_stay_finite) {
  struct fixture f;
  struct answer a;
  double x[] = {1, 1, 1, 1, 1, 1, 1 + 1e-9, 1, 1};
  fixture_open(&f, "score", "lennard_jones");
  fixture_start(&f, 3, 3, MAX_ROWS);
  ask(&f, both, 0, 1, x, NULL, &a);
  ck_assert(isfinite(a.logp[0]) && a.logp[0] < -1e48);
  for (size_t j = 0; j < 9; j++) ck_assert(isfinite(a.score[j]));
  fixture_close(&f);
}
END_TEST

START_TEST(double_well_pair_has_the_depth_in_its_comment) {
  struct fixture f;
  struct answer a;
  double x[] = {0, 0, 4 + sqrt(20) / 3, 0}, top[] = {0, 0, 0, 4};
  fixture_open(&f, "score", "double_well");
  fixture_start(&f, 2, 2, MAX_ROWS);
  ck_assert_double_eq_tol(energy_of(&f, x), -40.0 / 9, 1e-14);
  ask(&f, KAC_Q_SCORE, 0, 1, x, NULL, &a);
  ck_assert_double_eq_tol(a.score[0], 0, 1e-13);
  ck_assert_double_eq_tol(energy_of(&f, top), 0, 1e-15);
  fixture_close(&f);
}
END_TEST

START_TEST(double_well_terms_and_divisors_are_those_of_the_formula) {
  struct fixture f;
  double x[] = {0, 0, 3, 4};
  fixture_open(&f, "score", "double_well");
  fixture_real(&f, "a", 2);
  fixture_real(&f, "b", 3);
  fixture_real(&f, "c", 0.5);
  fixture_real(&f, "d0", 3);
  fixture_real(&f, "tau", 4);
  fixture_real(&f, "factor", 0.5);
  fixture_real(&f, "temperature", 2);
  fixture_start(&f, 2, 2, MAX_ROWS);
  ck_assert_double_eq_tol(energy_of(&f, x),
                          (2 * 2 + 3 * 4 + 0.5 * 16) * 0.5 / 4 / 2, 1e-15);
  fixture_close(&f);
}
END_TEST

START_TEST(double_well_bodies_that_meet_stay_finite) {
  struct fixture f;
  struct answer a;
  double x[8] = {0};
  fixture_open(&f, "score", "double_well");
  fixture_start(&f, 4, 2, MAX_ROWS);
  ask(&f, both, 0, 1, x, NULL, &a);
  ck_assert_double_eq_tol(a.logp[0], -6 * (-64 + 0.9 * 256), 1e-12);
  for (size_t j = 0; j < 8; j++) ck_assert_double_eq(a.score[j], 0);
  fixture_close(&f);
}
END_TEST

/* Two deep minima, and the saddle between the first and the middle one. */
static const double stationary[][3] = {
    {-0.558223634633024, 1.441725841804669, -146.69951720995402},
    {0.623499404930877, 0.028037758528686, -108.16672411685236},
    {-0.822001558732732, 0.624312802814871, -40.664843508657404}};

START_TEST(mueller_brown_has_its_published_stationary_points) {
  struct fixture f;
  struct answer a;
  const double *point = stationary[_i];
  fixture_open(&f, "score", "mueller_brown");
  fixture_start(&f, 1, 2, MAX_ROWS);
  ck_assert_double_eq_tol(energy_of(&f, point), point[2], 1e-9);
  ask(&f, KAC_Q_SCORE, 0, 1, point, NULL, &a);
  ck_assert_double_eq_tol(a.score[0], 0, 1e-9);
  ck_assert_double_eq_tol(a.score[1], 0, 1e-9);
  fixture_close(&f);
}
END_TEST

START_TEST(mueller_brown_far_away_is_impossible_but_finite) {
  struct fixture f;
  struct answer a;
  double x[] = {1e6, -1e6};
  fixture_open(&f, "score", "mueller_brown");
  fixture_start(&f, 1, 2, MAX_ROWS);
  ask(&f, both, 0, 1, x, NULL, &a);
  ck_assert(isfinite(a.logp[0]) && a.logp[0] < -1e100);
  ck_assert(isfinite(a.score[0]) && isfinite(a.score[1]));
  fixture_close(&f);
}
END_TEST

static const struct landscape {
  const char *name;
  size_t n_bodies, n_dim;
  double width; /* spread of random bodies about a lattice */
} landscapes[] = {{"lennard_jones", 13, 3, 0.04},
                  {"lennard_jones", 3, 2, 0.04},
                  {"double_well", 4, 2, 1.5},
                  {"double_well", 5, 3, 1.5},
                  {"mueller_brown", 1, 2, 0.5}};
enum { N_LANDSCAPES = 5 };

static void scatter(const struct landscape *land, double *x) {
  size_t d = land->n_bodies * land->n_dim;
  normals(x, MAX_ROWS * d, 20, land->width);
  for (size_t i = 0; i < MAX_ROWS * d; i++) {
    size_t body = i % d / land->n_dim, c = i % land->n_dim;
    static const size_t divide[] = {1, 3, 9};
    x[i] += land->n_bodies > 1 ? (double)(body / divide[c] % 3) : 0;
  }
}

START_TEST(scores_are_gradients_and_splits_change_no_bit) {
  struct fixture f;
  static double x[MAX_ROWS * MAX_D];
  const struct landscape *land = &landscapes[_i];
  size_t d = land->n_bodies * land->n_dim;
  fixture_open(&f, "score", land->name);
  fixture_real(&f, "temperature", 1.7);
  fixture_start(&f, land->n_bodies, land->n_dim, MAX_ROWS);
  scatter(land, x);
  for (size_t i = 0; i < 10; i++)
    ck_assert_double_lt(law_gradient(&f, x + i * d, 1e-5, f.now), 1e-6);
  ck_assert(law_split(&f, both, x, NULL));
  fixture_close(&f);
}
END_TEST

START_TEST(forces_on_all_bodies_sum_to_zero) {
  struct fixture f;
  static struct answer a;
  static double x[MAX_ROWS * MAX_D];
  const struct landscape *land = &landscapes[_i];
  fixture_open(&f, "score", land->name);
  fixture_start(&f, land->n_bodies, land->n_dim, MAX_ROWS);
  scatter(land, x);
  ask(&f, both, 0, 1, x, NULL, &a);
  for (size_t c = 0; c < land->n_dim; c++) {
    double sum = 0, size = 0;
    for (size_t j = c; j < a.d; j += land->n_dim) {
      sum += a.score[j];
      size += fabs(a.score[j]);
    }
    ck_assert_double_le(fabs(sum), 1e-13 * size);
  }
  fixture_close(&f);
}
END_TEST

START_TEST(energies_of_bodies_want_bodies) {
  static const char *const names[] = {"lennard_jones", "double_well"};
  struct fixture f;
  fixture_open(&f, "score", names[_i]);
  ck_assert_int_eq(fixture_plan(&f, 1, 3, 8), KAC_EINVAL);
  ck_assert_str_eq(f.err.msg,
                   "the state has 1 body, expected at least 2: write state = "
                   "{ particles = ...; dim = ...; }");
  fixture_close(&f);
}
END_TEST

START_TEST(mueller_brown_wants_the_plane) {
  struct fixture f;
  fixture_open(&f, "score", "mueller_brown");
  ck_assert_int_eq(fixture_plan(&f, 1, 3, 8), KAC_EINVAL);
  ck_assert_str_eq(f.err.msg,
                   "the state has 3 real numbers, expected 2: the surface is "
                   "one of the plane");
  fixture_close(&f);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("scores");
  TCase *tc = tcase_create("scores");
  tcase_add_test(tc, gaussian_has_the_value_in_its_comment);
  tcase_add_test(tc, gaussian_obeys_the_laws);
  tcase_add_test(tc, gaussian_counts_the_directions_of_a_mean_free_state);
  tcase_add_test(tc, gaussian_mean_must_be_zero_in_a_mean_free_state);
  tcase_add_test(tc, lj13_icosahedron_has_the_published_energy);
  tcase_add_test(tc, lj_default_counts_pairs_twice_and_traps);
  tcase_add_test(tc, lj_parameters_scale_as_the_formula_says);
  tcase_add_test(tc, lj_bodies_that_meet_stay_finite);
  tcase_add_test(tc, double_well_pair_has_the_depth_in_its_comment);
  tcase_add_test(tc, double_well_terms_and_divisors_are_those_of_the_formula);
  tcase_add_test(tc, double_well_bodies_that_meet_stay_finite);
  tcase_add_loop_test(tc, mueller_brown_has_its_published_stationary_points, 0,
                      3);
  tcase_add_test(tc, mueller_brown_far_away_is_impossible_but_finite);
  tcase_add_loop_test(tc, scores_are_gradients_and_splits_change_no_bit, 0,
                      N_LANDSCAPES);
  tcase_add_loop_test(tc, forces_on_all_bodies_sum_to_zero, 0,
                      N_LANDSCAPES - 1);
  tcase_add_loop_test(tc, energies_of_bodies_want_bodies, 0, 2);
  tcase_add_test(tc, mueller_brown_wants_the_plane);
  suite_add_tcase(suite, tc);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int n_failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return n_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
