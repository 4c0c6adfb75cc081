/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The compare observer against frames made by hand whose errors, masses and
 * energy distances are known. */
#include "../watch_fixture.h"

START_TEST(compare_reports_errors_and_z_scores) {
  struct watch w;
  watch_init(&w, "compare", 1);
  const double two = 2, five = 5, half = 0.5;
  config_array(w.plugin, w.config, "log_z", &half, 1, 1);
  config_array(w.plugin, w.config, "mean", &two, 1, 1);
  config_array(w.plugin, w.config, "var", &five, 1, 1);
  watch_create(&w, 1, 2);
  const double x[2] = {1, 4}, logw[2] = {0, 0}, log_z[2] = {0, log(2)};
  kac_frame frame = frame_of(&w, x, 1, logw, 1, log_z, 2);
  frame.log_z_mean = 1.5;
  frame.log_z_err = 0.25;
  watch_record(&w, &frame);
  watch_end(&w);
  ck_assert_double_eq(result(&w, "log_z_error", 0), 1);
  ck_assert_double_eq(result(&w, "log_z_zscore", 0), 4);
  ck_assert_double_eq_tol(result(&w, "mean_error", 0), 1, 1e-14);
  ck_assert_double_eq_tol(result(&w, "mean_zscore", 0), 0.75, 1e-14);
  ck_assert_double_eq_tol(result(&w, "var_error", 0), -3, 1e-14);
  ck_assert_double_eq_tol(result(&w, "var_zscore", 0), -2.25, 1e-14);
  watch_free(&w);
}
END_TEST

START_TEST(compare_has_no_z_score_for_one_replicate) {
  struct watch w;
  watch_init(&w, "compare", 1);
  const double zero = 0;
  config_array(w.plugin, w.config, "log_z", &zero, 1, 1);
  config_array(w.plugin, w.config, "mean", &zero, 1, 1);
  watch_create(&w, 1, 1);
  kac_frame frame = frame_of(&w, &zero, 1, &zero, 1, &zero, 1);
  watch_record(&w, &frame);
  ck_assert_int_eq(has_result(&w, "log_z_error"), 1);
  ck_assert_int_eq(has_result(&w, "log_z_zscore"), 0);
  ck_assert_int_eq(has_result(&w, "mean_zscore"), 0);
  ck_assert_int_eq(has_result(&w, "var_error"), 0);
  watch_free(&w);
}
END_TEST

START_TEST(compare_measures_masses_by_the_nearest_centre) {
  struct watch w;
  watch_init(&w, "compare", 2);
  const double modes[6] = {0, 0, 10, 0, 0, 10}, masses[3] = {1, 1, 2};
  config_array(w.plugin, w.config, "modes", modes, 3, 2);
  config_array(w.plugin, w.config, "masses", masses, 3, 1);
  watch_create(&w, 2, 2);
  const double x[8] = {1, 1, 9, 1, -1, 0, 2, 9};
  const double logw[4] = {0, 0, log(0.98), log(0.02)}, log_z[2] = {3, 3};
  kac_frame frame = frame_of(&w, x, 2, logw, 2, log_z, 2);
  watch_record(&w, &frame);
  ck_assert_double_eq_tol(result(&w, "mode_masses", 0), 0.74, 1e-14);
  ck_assert_double_eq_tol(result(&w, "mode_masses", 1), 0.25, 1e-14);
  ck_assert_double_eq_tol(result(&w, "mode_masses", 2), 0.01, 1e-14);
  ck_assert_double_eq(result(&w, "modes_found", 0), 2); /* .01 < .1 of .5 */
  ck_assert_double_eq_tol(result(&w, "total_variation", 0), 0.49, 1e-14);
  watch_free(&w);
}
END_TEST

/* Half way between two modes the weights 3 : 1 decide; at the first mode its
 * share is 3/(3 + exp(-2)). */
START_TEST(compare_shares_masses_by_responsibility) {
  struct watch w;
  watch_init(&w, "compare", 1);
  const double modes[2] = {0, 2}, weights[2] = {3, 1};
  config_array(w.plugin, w.config, "modes", modes, 2, 1);
  config_array(w.plugin, w.config, "mode_weights", weights, 2, 1);
  config_real(w.plugin, w.config, "mode_variance", 1);
  watch_create(&w, 2, 1);
  const double x[2] = {1, 0}, logw[2] = {0, 0}, log_z[1] = {0};
  kac_frame frame = frame_of(&w, x, 1, logw, 2, log_z, 1);
  watch_record(&w, &frame);
  double first = 0.5 * (0.75 + 3 / (3 + exp(-2)));
  ck_assert_double_eq_tol(result(&w, "mode_masses", 0), first, 1e-14);
  ck_assert_double_eq_tol(result(&w, "mode_masses", 1), 1 - first, 1e-14);
  watch_free(&w);
}
END_TEST
START_TEST(compare_computes_the_energy_distance_of_its_header) {
  struct watch w;
  watch_init(&w, "compare", 1);
  const double samples[2] = {0, 3};
  config_array(w.plugin, w.config, "samples", samples, 2, 1);
  watch_create(&w, 2, 1);
  const double x[2] = {0, 1}, zeros[2] = {0, 0};
  kac_frame frame = frame_of(&w, x, 1, zeros, 2, zeros, 1);
  watch_record(&w, &frame);
  ck_assert_double_eq_tol(result(&w, "energy_distance", 0), -1, 1e-14);
  watch_free(&w);
}
END_TEST

/* Rows of weight 1, 0, 2 at 0, 9, 1 and samples in {0, 1} with weights 1 and 2
 * are the same law, P(1) = 2/3; with 300 points picked of each, the distance
 * 2 (p - q)^2 is below .02 at 3.5 standard deviations of p - q.  Without the
 * weights it would be 2 (1/6)^2 = .056 or more. */
START_TEST(compare_picks_points_by_their_weights) {
  enum { N = 3000 };
  struct watch w;
  watch_init(&w, "compare", 1);
  double *x = alloc_zero(4 * N * sizeof *x);
  double *logw = x + N, *samples = x + 2 * N, *ref = x + 3 * N, log_z = 0;
  for (size_t i = 0; i < N; i++) {
    size_t kind = (size_t)(3 * uniform_at(1, 0, i));
    x[i] = kind == 1 ? 9 : kind == 2;
    logw[i] = kind == 1 ? -KAC_INF : kind == 2 ? log(2) : 0;
    samples[i] = uniform_at(1, 1, i) < 0.5;
    ref[i] = samples[i] + 1;
  }
  config_array(w.plugin, w.config, "samples", samples, N, 1);
  config_array(w.plugin, w.config, "ref_weights", ref, N, 1);
  config_int(w.plugin, w.config, "max_points", 300);
  watch_create(&w, N, 1);
  kac_frame frame = frame_of(&w, x, 1, logw, N, &log_z, 1);
  watch_record(&w, &frame);
  ck_assert_double_le(fabs(result(&w, "energy_distance", 0)), 0.02);
  watch_free(&w);
  free(x);
}
END_TEST

static void check_plan_refusal(struct watch *w, const char *words) {
  kac_plan plan = {.struct_size = sizeof plan, .space = &w->space};
  kac_error err = {0};
  ck_assert_int_eq(w->plugin->plan(w->config, &plan, &err), KAC_EINVAL);
  ck_assert_msg(strstr(err.msg, words) != NULL, "%s", err.msg);
}

START_TEST(compare_refuses_references_that_make_no_sense) {
  struct watch w;
  const double numbers[2] = {0.5, -0.5};
  watch_init(&w, "compare", 1);
  check_plan_refusal(&w, "nothing to compare with");
  config_array(w.plugin, w.config, "log_z", numbers, 2, 1);
  check_plan_refusal(&w, "log_z has 2 numbers, expected 1");
  config_array(w.plugin, w.config, "log_z", numbers, 1, 1);
  config_array(w.plugin, w.config, "masses", numbers, 2, 1);
  check_plan_refusal(&w, "masses are given without modes");
  config_array(w.plugin, w.config, "modes", numbers, 2, 1);
  check_plan_refusal(&w, "masses[1] is -0.5, expected at least 0");
  config_array(w.plugin, w.config, "masses", numbers, 0, 1);
  config_array(w.plugin, w.config, "ref_weights", numbers, 1, 1);
  check_plan_refusal(&w, "ref_weights are given without samples");
  watch_free(&w);
}
END_TEST

static Suite *compare(void) {
  Suite *suite = suite_create("compare");
  TCase *frames = tcase_create("frames");
  tcase_set_timeout(frames, 60);
  tcase_add_test(frames, compare_reports_errors_and_z_scores);
  tcase_add_test(frames, compare_has_no_z_score_for_one_replicate);
  tcase_add_test(frames, compare_measures_masses_by_the_nearest_centre);
  tcase_add_test(frames, compare_shares_masses_by_responsibility);
  tcase_add_test(frames, compare_computes_the_energy_distance_of_its_header);
  tcase_add_test(frames, compare_picks_points_by_their_weights);
  tcase_add_test(frames, compare_refuses_references_that_make_no_sense);
  suite_add_tcase(suite, frames);
  return suite;
}

int main(void) {
  SRunner *runner = srunner_create(compare());
  srunner_run_all(runner, CK_NORMAL);
  int n_failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
