/* SPDX-License-Identifier: GPL-3.0-or-later */
/* potential/classifier: log softmax of the network in float64, its gradient by
 * finite differences of that, any split of a block, bad input. */
#include "config_fixture.h"
#include "../mlp_fixture.h"
#include "../plugin_fixture.h"

enum { ROWS = 150, D = 6, CLASSES = 4 };

static struct toy toy_of(void) {
  struct toy toy = {
      .n_layers = 3, .width = {D, 33, 20, CLASSES}, .activation = TOY_SILU};
  toy_fill(&toy, 21);
  return toy;
}

static void open_classifier(struct fixture *f, const struct toy *toy,
                            int64_t class_at) {
  static struct net_file file;
  const char *path = "c.safetensors";
  memset(&file, 0, sizeof file);
  toy_put_classifier(toy, &file);
  net_write(&file, path);
  fixture_open(f, "potential", "classifier");
  memcpy(fixture_at(f, "file", KAC_T_STRING), &path, sizeof path);
  fixture_int(f, "class", class_at);
}

static void ask(struct fixture *f, size_t n, const double *x, double *phi,
                double *dphi) {
  struct fixture_block b = fixture_block(f, 0, n);
  kac_potential_io io = {.struct_size = sizeof io,
                         .want = KAC_Q_PHI | (dphi ? KAC_Q_DPHI : 0),
                         .x = fixture_rows(x, D),
                         .phi = phi,
                         .dphi = dphi,
                         .ld = D};
  const kac_potential_ops *ops = f->component->ops;
  ck_assert_int_eq(ops->eval(f->self, &b.block, &io, &f->err), KAC_OK);
}

static double log_softmax(const struct toy *toy, const double *x,
                          size_t class_at) {
  double logits[CLASSES];
  toy_run(toy, 0, 0, x, logits);
  return logits[class_at] - kac_logsumexp(logits, CLASSES);
}

START_TEST(value_and_gradient_are_those_of_the_formula) {
  static double x[ROWS * D], phi[ROWS], dphi[ROWS * D], alone[ROWS];
  struct toy toy = toy_of();
  struct fixture f;
  for (size_t i = 0; i < ROWS * D; i++) x[i] = 1.5 * fixture_normal(i);
  open_classifier(&f, &toy, _i);
  fixture_start(&f, 1, D, ROWS);
  ask(&f, ROWS, x, phi, dphi);
  for (size_t i = 0; i < ROWS; i++) {
    double *row = x + i * D, h = 1e-6;
    double want = log_softmax(&toy, row, (size_t)_i);
    ck_assert_msg(fabs(phi[i] - want) < 5e-6, "%g, %g", phi[i], want);
    for (size_t j = 0; j < D; j++) {
      double kept = row[j];
      row[j] = kept + h;
      want = log_softmax(&toy, row, (size_t)_i);
      row[j] = kept - h;
      want = (want - log_softmax(&toy, row, (size_t)_i)) / (2 * h);
      row[j] = kept;
      ck_assert_msg(fabs(dphi[i * D + j] - want) < 1e-5, "%g, %g",
                    dphi[i * D + j], want);
    }
  }
  ask(&f, 77, x, alone, NULL);
  ask(&f, ROWS - 77, x + 77 * D, alone + 77, NULL);
  ck_assert_mem_eq(alone, phi, sizeof phi);
  fixture_close(&f);
}
END_TEST

START_TEST(what_does_not_fit_is_refused_at_check_time) {
  struct toy toy = toy_of();
  struct fixture f;
  open_classifier(&f, &toy, CLASSES);
  ck_assert_int_eq(fixture_plan(&f, 1, D, 8), KAC_EINVAL);
  ck_assert_str_eq(f.err.msg, "class = 4, but there are 4 classes");
  ck_assert_int_eq(fixture_plan(&f, 1, 2, 8), KAC_EINVAL);
  ck_assert_str_eq(f.err.msg, "the classifier is for 6 reals, the state has 2");
  static struct net_file file;
  toy_put(&toy, &file);
  toy_edm(&file, "eps", "t");
  net_write(&file, "c.safetensors");
  ck_assert_int_eq(fixture_plan(&f, 1, D, 8), KAC_EINVAL);
  ck_assert_str_eq(f.err.msg,
                   "c.safetensors: kac.architecture = 'mlp', but this plugin "
                   "runs 'classifier'");
  dlclose(f.file);
  free(f.config);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("classifier");
  TCase *cases = tcase_create("classifier");
  tcase_add_checked_fixture(cases, set_up, tear_down);
  tcase_add_loop_test(cases, value_and_gradient_are_those_of_the_formula, 0,
                      CLASSES);
  tcase_add_test(cases, what_does_not_fit_is_refused_at_check_time);
  suite_add_tcase(suite, cases);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int n_failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
