/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The observer classes: masses, confidence and variance of particles that a
 * classifier of one layer judges, worked out by hand. */
#include "../watch_fixture.h"
#include "../network_fixture.h"

static const char *const path = "classes.safetensors";

/* Logits (x, -x). */
static void write_classifier(void) {
  static struct net_file file;
  const float weight[2] = {1, -1}, bias[2] = {0, 0};
  memset(&file, 0, sizeof file);
  net_note(&file, "kac.format", "1");
  net_note(&file, "kac.architecture", "classifier");
  net_note(&file, "kac.n_classes", "2");
  net_note(&file, "kac.classifier.dim", "1");
  net_note(&file, "kac.classifier.layers", "1");
  net_note(&file, "kac.classifier.activation", "identity");
  net_tensor(&file, "layers.0.weight", 2, 1, weight);
  net_tensor(&file, "layers.0.bias", 2, 0, bias);
  net_write(&file, path);
}

static void open_classes(struct watch *w, size_t d) {
  write_classifier();
  watch_init(w, "classes", d);
  memcpy(config_member(w->plugin, w->config, "file"), &path, sizeof path);
}

static void close_classes(struct watch *w) {
  w->plugin->destroy(w->self);
  watch_free(w);
  remove(path);
}

START_TEST(counts_by_the_largest_logit) {
  struct watch w;
  open_classes(&w, 1);
  const double masses[2] = {0, 1}, errors[2] = {1.0 / 3, 1.0 / 3};
  config_array(w.plugin, w.config, "masses", masses, 2, 1);
  config_array(w.plugin, w.config, "masses_err", errors, 2, 1);
  watch_create(&w, 1, 2);
  const double x[2] = {1, -1}, logw[2] = {0, 0}, log_z[2] = {0, log(2)};
  kac_frame frame = frame_of(&w, x, 1, logw, 1, log_z, 2);
  watch_record(&w, &frame);
  ck_assert_double_eq_tol(result(&w, "class_masses", 0), 1.0 / 3, 1e-14);
  ck_assert_double_eq_tol(result(&w, "class_masses", 1), 2.0 / 3, 1e-14);
  ck_assert_double_eq_tol(result(&w, "class_masses_err", 0), 4.0 / 9, 1e-14);
  ck_assert_double_eq_tol(result(&w, "class_zscore", 0), 0.6, 1e-14);
  ck_assert_double_eq_tol(result(&w, "class_zscore", 1), -0.6, 1e-14);
  ck_assert_double_eq_tol(result(&w, "class_confidence", 0), 1 / (1 + exp(-2)),
                          1e-7);
  ck_assert_double_eq_tol(result(&w, "total_variance", 0), 8.0 / 9, 1e-14);
  close_classes(&w);
}
END_TEST

/* More rows than a tile holds, rows far apart, a dead one with a NaN; one
 * replicate has no errors. */
START_TEST(counts_many_rows) {
  enum { N = 301, LD = 3 };
  struct watch w;
  double x[N * LD], logw[N], log_z = 0;
  open_classes(&w, 1);
  watch_create(&w, N, 1);
  for (size_t i = 0; i < N; i++) {
    x[i * LD] = i % 3 == 0 ? 2 : -2;
    logw[i] = 0;
  }
  x[300 * LD] = KAC_NAN;
  logw[300] = -KAC_INF;
  kac_frame frame = frame_of(&w, x, LD, logw, N, &log_z, 1);
  watch_record(&w, &frame);
  ck_assert_double_eq_tol(result(&w, "class_masses", 0), 1.0 / 3, 1e-12);
  ck_assert_double_eq_tol(result(&w, "total_variance", 0), 32.0 / 9, 1e-12);
  ck_assert(!has_result(&w, "class_masses_err"));
  ck_assert(!has_result(&w, "class_zscore"));
  close_classes(&w);
}
END_TEST

static void refused(struct watch *w, const char *expected) {
  kac_error err = {0};
  kac_plan plan = {.struct_size = sizeof plan,
                   .space = &w->space,
                   .n_particles = 4,
                   .n_replicates = 1};
  ck_assert_int_ne(w->plugin->plan(w->config, &plan, &err), KAC_OK);
  ck_assert_str_eq(err.msg, expected);
  watch_free(w);
  remove(path);
}

START_TEST(says_what_does_not_fit) {
  struct watch w;
  const double three[3] = {1, 1, 1};
  open_classes(&w, 2);
  refused(&w, "the classifier is for 1 reals, the state has 2");
  open_classes(&w, 1);
  config_array(w.plugin, w.config, "masses", three, 3, 1);
  refused(&w, "masses has 3 numbers, but there are 2 classes");
  open_classes(&w, 1);
  config_array(w.plugin, w.config, "masses_err", three, 2, 1);
  refused(&w, "masses_err is given without masses");
}
END_TEST

int main(void) {
  Suite *suite = suite_create("classes");
  TCase *cases = tcase_create("classes");
  tcase_add_test(cases, counts_by_the_largest_logit);
  tcase_add_test(cases, counts_many_rows);
  tcase_add_test(cases, says_what_does_not_fit);
  suite_add_tcase(suite, cases);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_ENV);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed != 0;
}
