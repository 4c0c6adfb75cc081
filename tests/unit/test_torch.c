/* SPDX-License-Identifier: GPL-3.0-or-later */
/* score/torch and potential/torch against closed forms. */
#include "../score_fixture.h"
#include "../torch_fixture.h"

enum { D = 3, ROWS = 40 };
static double x[ROWS * D], v[ROWS * D];

static void fill(void) {
  start();
  for (size_t i = 0; i < ROWS * D; i++) {
    x[i] = 1.5 * fixture_normal(i);
    v[i] = fixture_normal(1000 + i);
  }
}

static void set_noise(struct fixture *f, double alpha, double sigma) {
  f->now = (kac_coeffs){
      .alpha = alpha, .sigma = sigma, .dalpha = -0.3, .dsigma = 0.7};
}

/* --- scores ----------------------------------------------------------------
 */
static void open_score(struct fixture *f, const char *name, const char *form,
                       const char *label) {
  open_file(f, "score", name);
  choose(f, "parameterisation", form);
  choose(f, "label", label);
}

/* form_*.pt know the schedule alpha = exp(-t) and are asked at t = 0.5. */
START_TEST(every_parameterisation_gives_the_law_and_its_gradient) {
  static const char *const forms[] = {"score", "eps", "x0", "v", "edm"};
  static struct answer a;
  double alpha = exp(-0.5), sigma = sqrt(-expm1(-1.0));
  double width = alpha * alpha * 1.69 + sigma * sigma;
  for (size_t k = 0; k < 5; k++) {
    struct fixture f;
    char name[32];
    snprintf(name, sizeof name, "form_%s", forms[k]);
    open_score(&f, name, forms[k], "t");
    fixture_real(&f, "sigma_data", 0.5);
    set_noise(&f, alpha, sigma);
    fixture_start(&f, 1, D, MAX_ROWS);
    ask(&f, KAC_Q_SCORE | KAC_Q_X0 | KAC_Q_EPS | KAC_Q_VJP, 0, ROWS, x, v, &a);
    for (size_t i = 0; i < ROWS; i++)
      for (size_t j = 0; j < D; j++) {
        size_t at = i * a.ld + j;
        double score = (alpha * 0.7 - x[i * D + j]) / width;
        double x0 = (x[i * D + j] + sigma * sigma * score) / alpha;
        double vjp = v[i * D + j] * alpha * 1.69 / width;
        ck_assert_msg(fabs(a.score[at] - score) < 1e-13 &&
                          fabs(a.x0[at] - x0) < 1e-13 &&
                          fabs(a.eps[at] + sigma * score) < 1e-13 &&
                          fabs(a.vjp[at] - vjp) < 1e-13,
                      "%s: score %g, x0 %g, eps %g, vjp %g off", forms[k],
                      a.score[at] - score, a.x0[at] - x0,
                      a.eps[at] + sigma * score, a.vjp[at] - vjp);
      }
    fixture_close(&f);
  }
}
END_TEST

/* label.pt gives what it is told. */
START_TEST(labels_are_of_the_run) {
  static const char *const labels[] = {"t", "sigma", "log_snr", "c_noise"};
  double r = 1.1 / 0.4;
  double want[] = {0.5, 1.1, -2 * log(r), 0.25 * log(r)};
  static struct answer a;
  for (size_t k = 0; k < 4; k++) {
    struct fixture f;
    open_score(&f, "label", "score", labels[k]);
    set_noise(&f, 0.4, 1.1);
    fixture_start(&f, 1, D, MAX_ROWS);
    ask(&f, KAC_Q_SCORE, 0, ROWS, x, NULL, &a);
    ck_assert_double_eq_tol(a.score[a.ld + 1], want[k], 1e-15);
    fixture_close(&f);
  }
}
END_TEST

/* energy.pt: -grad |x|^2/2 by a gradient of its own, which stops at detach. */
START_TEST(a_module_may_take_a_gradient) {
  static struct answer a;
  struct fixture f;
  open_score(&f, "energy", "score", "none");
  set_noise(&f, 0.4, 1.1);
  fixture_start(&f, 1, D, MAX_ROWS);
  ck_assert_uint_eq(f.plan.lacks, KAC_Q_VJP);
  ask(&f, KAC_Q_SCORE, 0, ROWS, x, NULL, &a);
  ck_assert_double_eq_tol(a.score[a.ld + 1], -x[D + 1], 1e-15);
  fixture_close(&f);
}
END_TEST

/* line*.pt: eps = x'/4 - 1/2 on VP, at the noise of its schedule with the
 * run's sigma/alpha; float16 is computed as asked. */
START_TEST(the_file_says_what_it_gives) {
  static const char *const files[] = {"line", "line64", "line16", "line"};
  static const char *const precisions[] = {"file", "file", "float64",
                                           "float64"};
  static struct answer a;
  double r = 2.0 / 1.5, own_alpha = 1 / sqrt(1 + r * r);
  for (size_t k = 0; k < 4; k++) {
    struct fixture f;
    double worst = 0, bound = k == 0 ? 1e-7 : 1e-15;
    open_file(&f, "score", files[k]);
    choose(&f, "precision", precisions[k]);
    set_noise(&f, 1.5, 2.0);
    fixture_start(&f, 1, D, MAX_ROWS);
    ck_assert(f.plan.sigma_data == 0.5);
    ck_assert_uint_eq(f.plan.rows_wanted, 512);
    ask(&f, KAC_Q_EPS, 0, ROWS, x, NULL, &a);
    for (size_t i = 0; i < ROWS; i++)
      for (size_t j = 0; j < D; j++) {
        double want = 0.25 * (x[i * D + j] / 1.5 * own_alpha) - 0.5;
        worst = fmax(worst, fabs(a.eps[i * a.ld + j] - want));
      }
    ck_assert_msg(worst < bound, "%s: %g", files[k], worst);
    ck_assert_msg(k > 0 || worst > 1e-10, "float32 is not used");
    fixture_close(&f);
  }
}
END_TEST

START_TEST(classes_reach_the_module) {
  static struct answer a;
  for (int64_t class_at = -1; class_at < 3; class_at++) {
    struct fixture f;
    double factor = class_at < 0 ? 3 : (double)class_at; /* none is the last */
    open_file(&f, "score", "classes");
    fixture_int(&f, "class", class_at);
    set_noise(&f, exp(-0.5), sqrt(-expm1(-1.0)));
    fixture_start(&f, 1, D, MAX_ROWS);
    ask(&f, KAC_Q_EPS, 0, ROWS, x, NULL, &a);
    ck_assert_double_eq_tol(a.eps[1], factor * x[1] + 0.5, 1e-12);
    fixture_close(&f);
  }
}
END_TEST

/* --- potentials ------------------------------------------------------------
 */
struct values {
  double phi[ROWS], dphi[ROWS * D], dphi_dt[ROWS];
};

static kac_status evaluate(struct fixture *f, uint64_t want, struct values *a) {
  struct fixture_block b = fixture_block(f, 0, ROWS);
  kac_potential_io io = {.struct_size = sizeof io,
                         .want = want,
                         .t = 0.5,
                         .x = fixture_rows(x, D),
                         .phi = a->phi,
                         .dphi = a->dphi,
                         .ld = D,
                         .dphi_dt = a->dphi_dt};
  const kac_potential_ops *ops = f->component->ops;
  return ops->eval(f->self, &b.block, &io, &f->err);
}

static const uint64_t everything = KAC_Q_PHI | KAC_Q_DPHI | KAC_Q_DPHI_DT;

static void value_of(const char *name, const char *key, int64_t index,
                     struct values *a) {
  struct fixture f;
  open_file(&f, "potential", name);
  if (key) fixture_int(&f, key, index);
  set_noise(&f, 0.4, 1.1);
  fixture_start(&f, 1, D, ROWS);
  kac_status status = evaluate(&f, everything, a);
  ck_assert_msg(status == KAC_OK, "%s", f.err.msg);
  fixture_close(&f);
}

/* quadratic.pt: -|x - 0.5|^2. */
START_TEST(values_and_gradients_of_a_quadratic) {
  static struct values a;
  value_of("quadratic", NULL, 0, &a);
  for (size_t i = 0; i < ROWS; i++) {
    double sum = 0;
    for (size_t j = 0; j < D; j++) {
      double delta = x[i * D + j] - 0.5;
      sum += delta * delta;
      ck_assert_double_eq_tol(a.dphi[i * D + j], -2 * delta, 1e-14);
    }
    ck_assert_double_eq_tol(a.phi[i], -sum, 1e-13);
    ck_assert(a.dphi_dt[i] == 0);
  }
}
END_TEST

/* logits.pt: the state and its sum. */
START_TEST(columns_and_classes_of_a_table) {
  static struct values column, class_at;
  for (int64_t k = 0; k <= D; k++) {
    value_of("logits", "column", k, &column);
    value_of("logits", "class", k, &class_at);
    for (size_t i = 0; i < ROWS; i++) {
      double logits[D + 1] = {x[i * D], x[i * D + 1], x[i * D + 2]};
      logits[D] = logits[0] + logits[1] + logits[2];
      double total = kac_logsumexp(logits, D + 1);
      ck_assert(column.phi[i] == logits[k]);
      ck_assert_double_eq_tol(class_at.phi[i], logits[k] - total, 1e-14);
      for (size_t j = 0; j < D; j++) {
        double of_k = (int64_t)j == k || k == D ? 1 : 0;
        double want = of_k - exp(logits[j] - total) - exp(logits[D] - total);
        ck_assert(column.dphi[i * D + j] == of_k);
        ck_assert_double_eq_tol(class_at.dphi[i * D + j], want, 1e-14);
      }
    }
  }
}
END_TEST

/* timed.pt: -l^2 |x|^2/2 of its label l. */
START_TEST(labels_have_a_derivative_in_time) {
  static const char *const labels[] = {"auto", "t", "sigma", "log_snr",
                                       "c_noise"};
  double log_rate = 0.7 / 1.1 + 0.3 / 0.4, r = log(1.1 / 0.4);
  double label[] = {0.5, 0.5, 1.1, -2 * r, 0.25 * r};
  double rate[] = {1, 1, 0.7, -2 * log_rate, 0.25 * log_rate};
  for (size_t k = 0; k < 5; k++) {
    static struct values a;
    struct fixture f;
    open_file(&f, "potential", "timed");
    choose(&f, "label", labels[k]);
    set_noise(&f, 0.4, 1.1);
    fixture_start(&f, 1, D, ROWS);
    ck_assert_uint_eq(f.plan.lacks, 0);
    ck_assert_int_eq(evaluate(&f, everything, &a), KAC_OK);
    for (size_t i = 0; i < ROWS; i++) {
      double sum = 0, l = label[k];
      for (size_t j = 0; j < D; j++) sum += x[i * D + j] * x[i * D + j];
      ck_assert_double_eq_tol(a.phi[i], -0.5 * l * l * sum, 1e-12);
      ck_assert_double_eq_tol(a.dphi[i * D], -l * l * x[i * D], 1e-12);
      ck_assert_double_eq_tol(a.dphi_dt[i], -l * sum * rate[k], 1e-12);
    }
    fixture_close(&f);
  }
}
END_TEST

START_TEST(an_argument_with_a_default_may_be_left_out) {
  static struct values a;
  value_of("maybe_timed", NULL, 0, &a);
  value_of("column", NULL, 0, &a);
  ck_assert_double_eq_tol(a.dphi[1], -x[1], 1e-15);
}
END_TEST

START_TEST(a_verdict_has_no_slope) {
  static struct values a;
  size_t n_dead = 0;
  value_of("verdict", NULL, 0, &a);
  for (size_t i = 0; i < ROWS; i++) {
    bool is_dead = x[i * D] <= 0;
    n_dead += is_dead;
    ck_assert_double_eq_tol(a.dphi[i * D], is_dead ? 0 : 1, 1e-14);
    ck_assert(a.dphi[i * D + 1] == 0);
    ck_assert_int_eq(is_dead, a.phi[i] == -KAC_INF);
  }
  ck_assert(n_dead > 5 && n_dead < ROWS - 5);
}
END_TEST

START_TEST(what_has_no_gradient_says_so) {
  static struct values a;
  struct fixture f;
  open_file(&f, "potential", "step");
  fixture_start(&f, 1, D, ROWS);
  ck_assert_int_eq(evaluate(&f, KAC_Q_PHI, &a), KAC_OK);
  ck_assert_int_eq(evaluate(&f, everything, &a), KAC_EUNSUPPORTED);
  ck_assert_uint_eq(f.plan.lacks, KAC_Q_DPHI | KAC_Q_DPHI_DT);
  ck_assert_str_eq(f.err.msg,
                   "no gradient: what forward gives does not depend on x in a "
                   "way that torch can differentiate");
  fixture_close(&f);
}
END_TEST

/* At sigma = 0, which a plan does not see. */
START_TEST(a_label_without_a_value_is_refused) {
  static struct values a;
  struct fixture f;
  open_file(&f, "potential", "timed");
  choose(&f, "label", "log_snr");
  set_noise(&f, 1, 0);
  fixture_start(&f, 1, D, ROWS);
  ck_assert_int_eq(evaluate(&f, KAC_Q_PHI, &a), KAC_EINVAL);
  ck_assert_str_eq(f.err.msg,
                   "the label is inf at sigma = 0: end the run above sigma = 0 "
                   "(time.t_min)");
  fixture_close(&f);
}
END_TEST

int main(void) {
  const TTest *const scores[] = {
      every_parameterisation_gives_the_law_and_its_gradient,
      labels_are_of_the_run, the_file_says_what_it_gives,
      a_module_may_take_a_gradient, classes_reach_the_module};
  const TTest *const potentials[] = {values_and_gradients_of_a_quadratic,
                                     columns_and_classes_of_a_table,
                                     labels_have_a_derivative_in_time,
                                     an_argument_with_a_default_may_be_left_out,
                                     a_verdict_has_no_slope,
                                     what_has_no_gradient_says_so,
                                     a_label_without_a_value_is_refused};
  Suite *suite = suite_create("torch");
  ADD(suite, "scores", fill, scores);
  ADD(suite, "potentials", fill, potentials);
  return run_here(suite);
}
