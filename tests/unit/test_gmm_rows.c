/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mixtures on both sides of the dimension from which rows are read as they lie
 * (plugins/score/rows.h): a direct sum in long double and the laws between the
 * answers, for numbers of columns and components with and without a rest. */
#include "../score_fixture.h"

static const size_t DIMS[] = {15, 16, 17, 31, 37, 41, 64};
static const size_t COMPONENTS[] = {1, 3, 4, 5, 8, 13};
enum { N_DIMS = 7, N_COMPONENTS = 6, MOST = 13 };

struct model {
  size_t n, d;
  double means[MOST * MAX_D], weights[MOST], variances[MOST];
};

static void start_model(struct fixture *f, struct model *m, size_t n,
                        size_t d) {
  size_t dims[] = {n, d};
  m->n = n, m->d = d;
  normals(m->means, n * d, 11, 1.0);
  for (size_t k = 0; k < n; k++) {
    m->weights[k] = 1.0 + (double)k;
    m->variances[k] = 0.5 + 0.2 * (double)k;
  }
  fixture_open(f, "score", "gmm");
  fixture_array(f, "means", m->means, 2, dims);
  fixture_vector(f, "weights", m->weights, n);
  fixture_vector(f, "variances", m->variances, n);
  fixture_start(f, 1, d, MAX_ROWS);
  f->now.alpha = 0.7;
  f->now.sigma = 0.6;
}

/* Score and log p of one row from the definition. */
static long double direct(const struct model *m, const double *x,
                          long double *score) {
  long double logit[MOST], top = -HUGE_VALL, sum = 0, total = 0;
  for (size_t k = 0; k < m->n; k++) {
    long double v = 0.49L * (long double)m->variances[k] + 0.36L, square = 0;
    for (size_t j = 0; j < m->d; j++) {
      long double delta =
          (long double)x[j] - 0.7L * (long double)m->means[k * m->d + j];
      square += delta * delta;
    }
    logit[k] = logl((long double)m->weights[k]) -
               0.5L * m->d * logl(2 * acosl(-1) * v) - square / (2 * v);
    top = logit[k] > top ? logit[k] : top;
    total += (long double)m->weights[k];
  }
  for (size_t k = 0; k < m->n; k++) sum += expl(logit[k] - top);
  for (size_t j = 0; j < m->d; j++) {
    score[j] = 0;
    for (size_t k = 0; k < m->n; k++)
      score[j] +=
          expl(logit[k] - top) / sum *
          (0.7L * (long double)m->means[k * m->d + j] - (long double)x[j]) /
          (0.49L * (long double)m->variances[k] + 0.36L);
  }
  return top + logl(sum / total);
}

START_TEST(rows_agree_with_a_direct_sum_in_long_double) {
  struct fixture f;
  struct model m;
  static struct answer a;
  static double x[MAX_ROWS * MAX_D];
  size_t d = DIMS[_i];
  for (size_t k = 0; k < N_COMPONENTS; k++) {
    start_model(&f, &m, COMPONENTS[k], d);
    normals(x, MAX_ROWS * d, 12 + k, 1.5);
    size_t n_rows = MAX_ROWS - 5 * k; /* tiles with a rest, too */
    ask(&f, KAC_Q_SCORE | KAC_Q_LOGP, 0, n_rows, x, NULL, &a);
    for (size_t i = 0; i < n_rows; i++) {
      long double score[MAX_D], logp = direct(&m, x + i * d, score);
      ck_assert_double_eq_tol(a.logp[i], (double)logp,
                              1e-14 * (1 + fabs((double)logp)));
      for (size_t j = 0; j < d; j++)
        ck_assert_double_eq_tol(a.score[i * a.ld + j], (double)score[j], 1e-12);
    }
    fixture_close(&f);
  }
}
END_TEST

START_TEST(rows_obey_the_laws) {
  struct fixture f;
  struct model m;
  static double x[MAX_ROWS * MAX_D], v[MAX_ROWS * MAX_D];
  size_t d = DIMS[_i];
  start_model(&f, &m, 5, d);
  normals(x, MAX_ROWS * d, 5, 1.5);
  normals(v, MAX_ROWS * d, 6, 1.0);
  for (size_t i = 0; 2 * d <= MAX_ROWS && i < 10 * d; i += d) {
    ck_assert_double_lt(law_gradient(&f, x + i, 1e-4, f.now), 1e-6);
    ck_assert_double_lt(law_divergence(&f, x + i, 1e-4), 1e-6);
    ck_assert_double_lt(law_vjp(&f, x + i, v + i, 1e-4), 1e-6);
  }
  ck_assert_double_lt(law_conversions(&f, x), 1e-14);
  ck_assert(law_split(&f, f.component->provides & ~KAC_Q_SAMPLE, x, v));
  fixture_close(&f);
}
END_TEST

/* The bits of an answer do not depend on what else is asked. */
START_TEST(rows_give_the_same_bits_asked_alone_or_together) {
  static const uint64_t alone[] = {KAC_Q_SCORE, KAC_Q_LOGP, KAC_Q_X0,
                                   KAC_Q_EPS,   KAC_Q_VJP,  KAC_Q_DIV};
  struct fixture f;
  struct model m;
  static struct answer all, one;
  static double x[MAX_ROWS * MAX_D], v[MAX_ROWS * MAX_D];
  size_t d = DIMS[_i], size = MAX_ROWS * (d + PAD_OUT);
  start_model(&f, &m, 8, d);
  normals(x, MAX_ROWS * d, 5, 1.5);
  normals(v, MAX_ROWS * d, 6, 1.0);
  ask(&f, f.component->provides & ~KAC_Q_SAMPLE, 0, MAX_ROWS, x, v, &all);
  for (size_t k = 0; k < 6; k++) {
    ask(&f, alone[k], 0, MAX_ROWS, x, v, &one);
    if (k == 0) ck_assert(same_bits(one.score, all.score, size));
    if (k == 1) ck_assert(same_bits(one.logp, all.logp, MAX_ROWS));
    if (k == 2) ck_assert(same_bits(one.x0, all.x0, size));
    if (k == 3) ck_assert(same_bits(one.eps, all.eps, size));
    if (k == 4) ck_assert(same_bits(one.vjp, all.vjp, size));
    if (k == 5) ck_assert(same_bits(one.div, all.div, MAX_ROWS));
  }
  fixture_close(&f);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("gmm_rows");
  TCase *tc = tcase_create("gmm_rows");
  tcase_add_loop_test(tc, rows_agree_with_a_direct_sum_in_long_double, 0,
                      N_DIMS);
  tcase_add_loop_test(tc, rows_obey_the_laws, 0, N_DIMS);
  tcase_add_loop_test(tc, rows_give_the_same_bits_asked_alone_or_together, 0,
                      N_DIMS);
  suite_add_tcase(suite, tc);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int n_failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return n_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
