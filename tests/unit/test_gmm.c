/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Gaussian mixture: known numbers, a direct evaluation in long double, the
 * laws between its answers, exact draws, and refusals. */
#include "../score_fixture.h"

static void set_noise(struct fixture *f, double alpha, double sigma) {
  f->now.alpha = alpha;
  f->now.sigma = sigma;
}

enum shape { SIGMA, VARIANCES, COVARIANCES };
enum { MODES = 5, DIM = 3 };
struct model {
  double means[MODES * DIM], weights[MODES], variances[MODES];
  double covariances[MODES * DIM * DIM];
};

/* Five modes in three dimensions; covariance k is A A' + I/10. */
static void model_fill(struct model *m) {
  double a[DIM * DIM];
  normals(m->means, MODES * DIM, 1, 2.0);
  for (size_t k = 0; k < MODES; k++) {
    m->weights[k] = 1.0 + (double)k;
    m->variances[k] = 0.1 + 0.2 * (double)k;
    normals(a, DIM * DIM, 10 + k, 0.5);
    for (size_t i = 0; i < DIM; i++)
      for (size_t j = 0; j < DIM; j++) {
        double sum = i == j ? 0.1 : 0.0;
        for (size_t l = 0; l < DIM; l++) sum += a[i * DIM + l] * a[j * DIM + l];
        m->covariances[(k * DIM + i) * DIM + j] = sum;
      }
  }
}

static void open_mixture(struct fixture *f, const struct model *m,
                         enum shape shape) {
  static const size_t dims[] = {MODES, DIM, DIM};
  fixture_open(f, "score", "gmm");
  fixture_array(f, "means", m->means, 2, dims);
  fixture_vector(f, "weights", m->weights, MODES);
  if (shape == SIGMA) fixture_real(f, "sigma", 0.4);
  if (shape == VARIANCES) fixture_vector(f, "variances", m->variances, MODES);
  if (shape == COVARIANCES)
    fixture_array(f, "covariances", m->covariances, 3, dims);
}

static void start_mixture(struct fixture *f, const struct model *m,
                          enum shape shape) {
  open_mixture(f, m, shape);
  fixture_start(f, 1, DIM, MAX_ROWS);
  set_noise(f, 0.7, 0.6);
}

START_TEST(mixture_has_the_value_in_its_comment) {
  struct fixture f;
  struct answer a;
  double means[] = {-1, 2}, weights[] = {0.3, 0.7}, x = 0.5;
  size_t dims[] = {2, 1};
  fixture_open(&f, "score", "gmm");
  fixture_array(&f, "means", means, 2, dims);
  fixture_vector(&f, "weights", weights, 2);
  fixture_real(&f, "sigma", 0.5);
  fixture_start(&f, 1, 1, MAX_ROWS);
  set_noise(&f, 1, 0.5);
  ask(&f, KAC_Q_SCORE | KAC_Q_LOGP | KAC_Q_DIV, 0, 1, &x, NULL, &a);
  /* Variance 1/2 and distance 3/2 to both modes: shares .3 and .7, component
   * scores -3 and 3, log p = -log(pi)/2 - 9/4. */
  ck_assert_double_eq_tol(a.score[0], 1.2, 1e-15);
  ck_assert_double_eq_tol(a.logp[0], -2.8223649429247, 1e-13);
  ck_assert_double_eq_tol(a.div[0], 9 - 2 - 1.44, 1e-14);
  /* .3 (1 + .25) + .7 (4 + .25) */
  ck_assert_double_eq_tol(f.plan.sigma_data, sqrt(3.35), 1e-15);
  fixture_close(&f);
}
END_TEST

START_TEST(mixture_obeys_the_laws) {
  struct fixture f;
  struct model m;
  double x[MAX_ROWS * DIM], v[MAX_ROWS * DIM];
  model_fill(&m);
  start_mixture(&f, &m, (enum shape)_i);
  normals(x, MAX_ROWS * DIM, 5, 2.0);
  normals(v, MAX_ROWS * DIM, 6, 1.0);
  for (size_t i = 0; i < 10 * DIM; i += DIM) {
    ck_assert_double_lt(law_gradient(&f, x + i, 1e-4, f.now), 1e-7);
    ck_assert_double_lt(law_divergence(&f, x + i, 1e-4), 1e-7);
    ck_assert_double_lt(law_vjp(&f, x + i, v + i, 1e-4), 1e-7);
    ck_assert_double_lt(law_conversions(&f, x + i), 1e-14);
  }
  ck_assert(law_split(&f, f.component->provides & ~KAC_Q_SAMPLE, x, v));
  fixture_close(&f);
}
END_TEST

START_TEST(gradient_law_catches_sigma_for_its_square) {
  struct fixture f;
  struct model m;
  double x[] = {0.3, -0.4, 1.1};
  model_fill(&m);
  start_mixture(&f, &m, (enum shape)_i);
  kac_coeffs wrong = f.now;
  wrong.sigma = sqrt(f.now.sigma);
  ck_assert_double_gt(law_gradient(&f, x, 1e-4, wrong), 1e-2);
  fixture_close(&f);
}
END_TEST

/* Forty modes of width 1 far apart, summed in long double from the definition.
 */
static void direct(const double *means, size_t n, const double x[2],
                   const kac_coeffs *c, double out[3]) {
  const long double pi = 3.141592653589793238462643383279502884L;
  const long double alpha = (long double)c->alpha;
  const long double sigma = (long double)c->sigma;
  long double v = alpha * alpha + sigma * sigma;
  long double top = -HUGE_VALL, sum = 0, pull[2] = {0, 0};
  for (int pass = 0; pass < 2; pass++)
    for (size_t k = 0; k < n; k++) {
      long double dx = alpha * (long double)means[2 * k] - (long double)x[0];
      long double dy =
          alpha * (long double)means[2 * k + 1] - (long double)x[1];
      long double e = -(dx * dx + dy * dy) / (2 * v);
      if (pass == 0) {
        top = e > top ? e : top;
        continue;
      }
      long double share = expl(e - top);
      sum += share;
      pull[0] += share * dx / v;
      pull[1] += share * dy / v;
    }
  out[0] = (double)(pull[0] / sum);
  out[1] = (double)(pull[1] / sum);
  out[2] = (double)(top + logl(sum / n) - logl(2 * pi * v));
}

START_TEST(mixture_agrees_with_a_direct_sum_in_long_double) {
  static const double noise[][2] = {
      {1, 0.01}, {1, 3}, {1, 60}, {0.9, 0.43}, {0.01, 1}};
  struct fixture f;
  struct answer a;
  double means[80], x[MAX_ROWS * 2], exact[3];
  size_t dims[] = {40, 2};
  for (size_t i = 0; i < 80; i++) means[i] = 80 * fixture_uniform(i) - 40;
  fixture_open(&f, "score", "gmm");
  fixture_array(&f, "means", means, 2, dims);
  fixture_real(&f, "sigma", 1);
  fixture_start(&f, 1, 2, MAX_ROWS);
  set_noise(&f, noise[_i][0], noise[_i][1]);
  normals(x, MAX_ROWS * 2, 7, 30);
  ask(&f, KAC_Q_SCORE | KAC_Q_LOGP, 0, MAX_ROWS, x, NULL, &a);
  for (size_t i = 0; i < MAX_ROWS; i++) {
    direct(means, 40, x + 2 * i, &f.now, exact);
    const double *s = a.score + i * a.ld;
    double size = fabs(exact[0]) + fabs(exact[1]);
    /* Exponents up to 1e3 in size, rounded at 1e-16 each. */
    ck_assert_double_eq_tol(s[0], exact[0], 1e-12 * (1 + size));
    ck_assert_double_eq_tol(s[1], exact[1], 1e-12 * (1 + size));
    ck_assert_double_eq_tol(a.logp[i], exact[2], 1e-14 * fabs(exact[2]));
  }
  fixture_close(&f);
}
END_TEST

/* A mixture whose covariances are multiples of the identity, said three ways.
 */
START_TEST(three_ways_to_say_one_mixture_agree) {
  struct fixture f;
  struct model m;
  static struct answer first, other;
  double x[MAX_ROWS * DIM], v[MAX_ROWS * DIM];
  model_fill(&m);
  for (size_t k = 0; k < MODES; k++) {
    m.variances[k] = 0.4 * 0.4;
    for (size_t i = 0; i < DIM * DIM; i++)
      m.covariances[k * DIM * DIM + i] = i % (DIM + 1) ? 0 : 0.4 * 0.4;
  }
  normals(x, MAX_ROWS * DIM, 8, 2.0);
  normals(v, MAX_ROWS * DIM, 9, 1.0);
  for (int shape = SIGMA; shape <= COVARIANCES; shape++) {
    start_mixture(&f, &m, (enum shape)shape);
    ask(&f, f.component->provides & ~KAC_Q_SAMPLE, 0, MAX_ROWS, x, v, &other);
    if (shape == SIGMA) first = other;
    for (size_t i = 0; i < MAX_ROWS; i++) {
      ck_assert_double_lt(worse(0, other.logp[i], first.logp[i], 1), 1e-14);
      ck_assert_double_lt(worse(0, other.div[i], first.div[i], 1), 1e-12);
    }
    for (size_t i = 0; i < MAX_ROWS * first.ld; i++) {
      ck_assert_double_lt(worse(0, other.score[i], first.score[i], 1), 1e-13);
      ck_assert_double_lt(worse(0, other.vjp[i], first.vjp[i], 1), 1e-12);
    }
    fixture_close(&f);
  }
}
END_TEST

START_TEST(scale_multiplies_means_and_widths) {
  struct fixture f;
  struct model m;
  struct answer plain, scaled;
  double x[DIM] = {0.3, -0.4, 1.1}, small[DIM];
  model_fill(&m);
  open_mixture(&f, &m, (enum shape)_i);
  fixture_start(&f, 1, DIM, MAX_ROWS);
  set_noise(&f, 0.7, 0.6);
  ask(&f, KAC_Q_SCORE | KAC_Q_LOGP, 0, 1, x, NULL, &plain);
  double sigma_data = f.plan.sigma_data;
  fixture_close(&f);
  open_mixture(&f, &m, (enum shape)_i);
  fixture_real(&f, "scale", 0.25);
  fixture_start(&f, 1, DIM, MAX_ROWS);
  set_noise(&f, 0.7, 0.6 * 0.25);
  for (size_t j = 0; j < DIM; j++) small[j] = x[j] * 0.25;
  ask(&f, KAC_Q_SCORE | KAC_Q_LOGP, 0, 1, small, NULL, &scaled);
  for (size_t j = 0; j < DIM; j++)
    ck_assert_double_eq_tol(scaled.score[j], 4 * plain.score[j], 1e-13);
  ck_assert_double_eq_tol(scaled.logp[0], plain.logp[0] + DIM * log(4), 1e-13);
  ck_assert_double_eq_tol(f.plan.sigma_data, sigma_data / 4, 1e-15);
  fixture_close(&f);
}
END_TEST

/* Draws come from the numbers that the host lends: mean_k + L_k z exactly, and
 * their log p is what eval says. */
START_TEST(mixture_draws_follow_the_numbers_lent) {
  struct fixture f;
  struct model m;
  struct answer a;
  double x[MAX_ROWS * DIM], logp[MAX_ROWS];
  model_fill(&m);
  start_mixture(&f, &m, VARIANCES);
  struct fixture_block b = fixture_block(&f, 500, MAX_ROWS);
  const kac_score_ops *ops = f.component->ops;
  kac_sample_io io = {
      .struct_size = sizeof io, .t = 0.5, .x = {x, DIM, NULL, 0}, .logp = logp};
  ck_assert_int_eq(ops->sample(f.self, &b.block, &io, &f.err), KAC_OK);
  for (size_t i = 0; i < MAX_ROWS; i++) {
    double u = fixture_uniform(fixture_counter(&b.block, 0, i, 0)) * 15;
    size_t k = u < 1 ? 0 : u < 3 ? 1 : u < 6 ? 2 : u < 10 ? 3 : 4;
    double width = sqrt(0.49 * m.variances[k] + 0.36);
    for (size_t j = 0; j < DIM; j++) {
      double z = fixture_normal(fixture_counter(&b.block, 1, i, j));
      ck_assert_double_eq_tol(x[i * DIM + j],
                              0.7 * m.means[k * DIM + j] + width * z, 1e-14);
    }
  }
  ask(&f, KAC_Q_LOGP, 500, MAX_ROWS, x, NULL, &a);
  ck_assert(same_bits(a.logp, logp, MAX_ROWS));
  fixture_close(&f);
}
END_TEST

/* 96 x 400 draws around one mode: every element of the sample covariance has
 * standard error below .01 of the diagonal's scale; six of them are allowed,
 * false alarm below 1e-8 for each of nine (the seed is fixed). */
START_TEST(full_draws_have_the_noised_covariance) {
  struct fixture f;
  struct model m;
  double x[MAX_ROWS * DIM], sum[DIM * DIM] = {0};
  enum { BLOCKS = 400 };
  model_fill(&m);
  for (size_t k = 1; k < MODES; k++) m.weights[k] = 0;
  start_mixture(&f, &m, COVARIANCES);
  const kac_score_ops *ops = f.component->ops;
  for (size_t r = 0; r < BLOCKS; r++) {
    struct fixture_block b = fixture_block(&f, r * MAX_ROWS, MAX_ROWS);
    kac_sample_io io = {
        .struct_size = sizeof io, .t = 0.5, .x = {x, DIM, NULL, 0}};
    ck_assert_int_eq(ops->sample(f.self, &b.block, &io, &f.err), KAC_OK);
    for (size_t i = 0; i < MAX_ROWS * DIM * DIM; i++) {
      size_t row = i / (DIM * DIM), p = i / DIM % DIM, q = i % DIM;
      sum[p * DIM + q] += (x[row * DIM + p] - 0.7 * m.means[p]) *
                          (x[row * DIM + q] - 0.7 * m.means[q]);
    }
  }
  for (size_t i = 0; i < DIM * DIM; i++) {
    double v = 0.49 * m.covariances[i] + (i % (DIM + 1) ? 0 : 0.36);
    ck_assert_double_eq_tol(sum[i] / (BLOCKS * MAX_ROWS), v, 0.06);
  }
  fixture_close(&f);
}
END_TEST

static void check_refused(struct fixture *f, kac_status status,
                          const char *message) {
  ck_assert_int_eq(status, KAC_EINVAL);
  ck_assert_str_eq(f->err.msg, message);
  fixture_close(f);
}

START_TEST(mixture_wants_exactly_one_width) {
  struct fixture f;
  struct model m;
  model_fill(&m);
  open_mixture(&f, &m, VARIANCES);
  fixture_real(&f, "sigma", 1);
  check_refused(&f, fixture_plan(&f, 1, DIM, 8),
                "2 of sigma, variances and covariances are given, expected "
                "one");
}
END_TEST

START_TEST(mixture_weights_must_have_a_sum) {
  struct fixture f;
  struct model m;
  model_fill(&m);
  for (size_t k = 0; k < MODES; k++) m.weights[k] = 0;
  open_mixture(&f, &m, SIGMA);
  check_refused(&f, fixture_plan(&f, 1, DIM, 8),
                "the weights sum to 0, expected a finite sum above 0");
}
END_TEST

START_TEST(mixture_covariances_must_be_symmetric_and_positive) {
  struct fixture f;
  struct model m;
  model_fill(&m);
  m.covariances[3] = 5;
  open_mixture(&f, &m, COVARIANCES);
  ck_assert_int_eq(fixture_plan(&f, 1, DIM, 8), KAC_EINVAL);
  ck_assert_ptr_nonnull(strstr(f.err.msg,
                               "component 0 is not symmetric: 5 at"
                               " (1, 0)"));
  m.covariances[1] = 5;
  ck_assert_int_eq(fixture_plan(&f, 1, DIM, 8), KAC_OK);
  check_refused(&f, fixture_create(&f),
                "covariance of component 0 is not positive definite");
}
END_TEST

START_TEST(mixture_refuses_a_mean_free_state) {
  struct fixture f;
  struct model m;
  model_fill(&m);
  open_mixture(&f, &m, SIGMA);
  f.space.flags = KAC_MEAN_FREE;
  check_refused(&f, fixture_plan(&f, 3, 1, 8),
                "the state is mean free, expected a plain one: a mixture does "
                "not hold the centre of mass");
}
END_TEST

int main(void) {
  Suite *suite = suite_create("gmm");
  TCase *tc = tcase_create("gmm");
  tcase_add_test(tc, mixture_has_the_value_in_its_comment);
  tcase_add_loop_test(tc, mixture_obeys_the_laws, 0, 3);
  tcase_add_loop_test(tc, gradient_law_catches_sigma_for_its_square, 0, 3);
  tcase_add_loop_test(tc, mixture_agrees_with_a_direct_sum_in_long_double, 0,
                      5);
  tcase_add_test(tc, three_ways_to_say_one_mixture_agree);
  tcase_add_loop_test(tc, scale_multiplies_means_and_widths, 0, 3);
  tcase_add_test(tc, mixture_draws_follow_the_numbers_lent);
  tcase_add_test(tc, full_draws_have_the_noised_covariance);
  tcase_add_test(tc, mixture_wants_exactly_one_width);
  tcase_add_test(tc, mixture_weights_must_have_a_sum);
  tcase_add_test(tc, mixture_covariances_must_be_symmetric_and_positive);
  tcase_add_test(tc, mixture_refuses_a_mean_free_state);
  suite_add_tcase(suite, tc);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int n_failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return n_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
