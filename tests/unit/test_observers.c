/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trace, moments and npy against frames made by hand: the lines and bytes that
 * they write and the numbers that they report. */
#include "../watch_fixture.h"

/* --- trace ----------------------------------------------------------------
 */
START_TEST(trace_writes_an_object_per_step_with_null_for_what_is_not_finite) {
  struct watch w;
  watch_init(&w, "trace", 1);
  watch_create(&w, 2, 4);
  const double ess[4] = {4, 1, 3, 2}, unique[4] = {2, 2, 1, 2};
  kac_frame frame = frame_of(&w, NULL, 1, NULL, 2, NULL, 4);
  frame.flags = KAC_FRAME_START;
  frame.step = 0;
  frame.log_z_mean = -KAC_INF;
  frame.ess = ess;
  frame.unique = unique;
  watch_record(&w, &frame);
  frame.step = 1;
  frame.flags = KAC_FRAME_RESAMPLED;
  frame.log_z_mean = -1.5;
  frame.log_z_err = 0.125;
  frame.accept = 0.5;
  watch_record(&w, &frame);
  watch_end(&w);
  size_t n;
  char *text = watch_file(&w, "trace.jsonl", &n);
  const char *first =
      "{\"step\":0,\"t\":0.25,\"ess\":2.5,\"log_z\":null,\"log_z_err\":null,"
      "\"unique\":2,\"resampled\":false,\"accept\":null,\"seconds\":";
  const char *second =
      "{\"step\":1,\"t\":0.25,\"ess\":2.5,\"log_z\":-1.5,\"log_z_err\":0.125,"
      "\"unique\":2,\"resampled\":true,\"accept\":0.5,\"seconds\":";
  char *line = strchr(text, '\n');
  ck_assert_ptr_nonnull(line);
  ck_assert_int_eq(strncmp(text, first, strlen(first)), 0);
  ck_assert_int_eq(strncmp(line + 1, second, strlen(second)), 0);
  ck_assert_int_eq(line[-1], '}');
  ck_assert_int_eq(text[n - 1], '\n');
  ck_assert_ptr_eq(strchr(line + 1, '\n'), text + n - 1);
  free(text);
  watch_free(&w);
}
END_TEST

START_TEST(trace_keeps_every_interval_th_step_and_the_last) {
  struct watch w;
  watch_init(&w, "trace", 1);
  config_int(w.plugin, w.config, "interval", 3);
  watch_create(&w, 1, 1);
  const double one = 1;
  for (uint64_t step = 0; step <= 10; step++) {
    kac_frame frame = frame_of(&w, NULL, 1, NULL, 1, NULL, 1);
    frame.step = step;
    frame.flags = step == 10 ? KAC_FRAME_FINAL : 0;
    frame.ess = &one;
    frame.unique = &one;
    watch_record(&w, &frame);
  }
  watch_end(&w);
  size_t n, n_lines = 0;
  char *text = watch_file(&w, "trace.jsonl", &n);
  for (size_t i = 0; i < n; i++) n_lines += text[i] == '\n';
  ck_assert_uint_eq(n_lines, 5); /* 0 3 6 9 10 */
  free(text);
  watch_free(&w);
}
END_TEST

START_TEST(trace_takes_the_median_of_any_values) {
  struct watch w;
  watch_init(&w, "trace", 1);
  watch_create(&w, 1, 101);
  double ess[101];
  for (uint64_t run = 0; run < 50; run++) {
    for (size_t i = 0; i < 101; i++) /* 0 ... 100 in some order, or ties */
      ess[i] = run % 2 ? (double)((i * 37 + run) % 101) : (double)(i % 3);
    kac_frame frame = frame_of(&w, NULL, 1, NULL, 1, NULL, 101);
    frame.ess = ess;
    frame.unique = ess;
    watch_record(&w, &frame);
  }
  watch_end(&w);
  size_t n, odd = 0, even = 0;
  char *text = watch_file(&w, "trace.jsonl", &n);
  for (char *at = text; (at = strstr(at, "\"ess\":")); at++) {
    odd += strncmp(at, "\"ess\":50,", 9) == 0;
    even += strncmp(at, "\"ess\":1,", 8) == 0;
  }
  ck_assert_uint_eq(odd, 25);
  ck_assert_uint_eq(even, 25);
  free(text);
  watch_free(&w);
}
END_TEST

/* --- moments --------------------------------------------------------------
 */
START_TEST(moments_weigh_replicates_by_their_z) {
  struct watch w;
  watch_init(&w, "moments", 1);
  watch_create(&w, 1, 2);
  const double x[2] = {1, 4}, logw[2] = {7, -3}, log_z[2] = {900, 900 + log(2)};
  kac_frame frame = frame_of(&w, x, 1, logw, 1, log_z, 2);
  watch_record(&w, &frame);
  watch_end(&w);
  ck_assert_double_eq_tol(result(&w, "mean", 0), 3, 1e-12);
  ck_assert_double_eq_tol(result(&w, "var", 0), 2, 1e-12);
  ck_assert_double_eq_tol(result(&w, "mean_err", 0), 4.0 / 3, 1e-12);
  /* parts 4/3 and 2/3 of var 2, shares 1/3 and 2/3: rests +-2/3 */
  ck_assert_double_eq_tol(result(&w, "var_err", 0), 4.0 / 3, 1e-12);
  watch_free(&w);
}
END_TEST

START_TEST(moments_of_one_replicate_are_weighted_and_have_no_error) {
  struct watch w;
  watch_init(&w, "moments", 2);
  watch_create(&w, 3, 1);
  const double x[9] = {0, 1, 9, 4, 3, 9, KAC_NAN, KAC_INF, 9}, log_z = -5;
  const double logw[3] = {log(3) - 1e3, -1e3, -KAC_INF};
  kac_frame frame = frame_of(&w, x, 3, logw, 3, &log_z, 1);
  watch_record(&w, &frame);
  watch_end(&w);
  ck_assert_double_eq_tol(result(&w, "mean", 0), 1, 1e-12);
  ck_assert_double_eq_tol(result(&w, "mean", 1), 1.5, 1e-12);
  ck_assert_double_eq_tol(result(&w, "var", 0), 3, 1e-12);
  ck_assert_double_eq_tol(result(&w, "var", 1), 0.75, 1e-12);
  ck_assert_double_nan(result(&w, "mean_err", 0));
  ck_assert_double_nan(result(&w, "var_err", 1));
  watch_free(&w);
}
END_TEST

/* Four of equal weight: families of their own give the standard error of a
 * mean, s/sqrt(n) = sqrt(5/12); two pairs after one resampling (4/3)^2 times
 * the sum of ((1 + 2 - 5)/4)^2 and ((3 + 4 - 5)/4)^2. */
START_TEST(moments_have_an_error_from_the_lineage) {
  struct watch w;
  const double x[4] = {1, 2, 3, 4}, logw[4] = {0, 0, 0, 0}, log_z = 3;
  const uint32_t own[4] = {0, 1, 2, 3}, pairs[4] = {2, 2, 0, 0},
                 one[4] = {3, 3, 3, 3};
  const uint32_t *const ancestor[3] = {own, pairs, one};
  for (int k = 0; k < 3; k++) {
    watch_init(&w, "moments", 1);
    watch_create(&w, 4, 1);
    kac_frame frame = frame_of(&w, x, 1, logw, 4, &log_z, 1);
    const double log_pairs = k > 0 ? log(4.0 / 3) : 0;
    frame.ancestor = ancestor[k];
    frame.log_pairs = &log_pairs;
    frame.flags = k > 0 ? KAC_FRAME_RESAMPLED : 0;
    watch_record(&w, &frame);
    frame.flags = KAC_FRAME_FINAL;
    watch_record(&w, &frame);
    watch_end(&w);
    double error = result(&w, "mean_err_lineage", 0);
    if (k == 0) ck_assert_double_eq_tol(error, sqrt(5.0 / 12), 1e-12);
    if (k == 1) ck_assert_double_eq_tol(error, sqrt(16.0 / 9 * 0.5), 1e-12);
    if (k == 2) ck_assert_double_nan(error);
    int is_told = strstr(w.log, "weigh anything have one ancestor") != NULL;
    ck_assert(is_told == (k == 2));
    watch_free(&w);
  }
}
END_TEST

/* One family in half of the replicates is too many.  The last: families that
 * agree in replicates that do not, after one resampling:
 * 2 (1/4 - 4 (1/4 - 1/8)) < 0. */
START_TEST(moments_say_why_there_is_no_error_from_the_lineage) {
  const double x[4] = {0, 0, 2, 2}, zero[4] = {0, 0, 0, 0};
  const double dead[4] = {-KAC_INF, -KAC_INF, -KAC_INF, -KAC_INF};
  static const struct {
    size_t n;
    uint32_t ancestor[4];
    const char *told;
  } cases[] = {{2, {0, 1, 1, 1}, "one ancestor in 1 of 2 replicates"},
               {1, {0, 0}, "two particles with known ancestors"},
               {2, {0, 1, 0, 1}, "the population died out"},
               {2, {0, 1, 0, 1}, "did not come out positive"}};
  for (int k = 0; k < 4; k++) {
    const double *log = k == 2 ? dead : zero;
    struct watch w;
    watch_init(&w, "moments", 1);
    watch_create(&w, cases[k].n, 2);
    kac_frame frame = frame_of(&w, x, 1, log, cases[k].n, log, 2);
    const double pairs = k == 3 ? M_LN2 : 0, log_pairs[2] = {pairs, pairs};
    frame.ancestor = cases[k].ancestor;
    frame.log_pairs = log_pairs;
    frame.flags = KAC_FRAME_RESAMPLED;
    watch_record(&w, &frame);
    frame.flags = KAC_FRAME_FINAL;
    watch_record(&w, &frame);
    watch_end(&w);
    ck_assert_double_nan(result(&w, "mean_err_lineage", 0));
    ck_assert_msg(strstr(w.log, cases[k].told) != NULL, "%s", w.log);
    watch_free(&w);
  }
}
END_TEST

START_TEST(moments_count_extinct_replicates_as_zero) {
  struct watch w;
  watch_init(&w, "moments", 1);
  watch_create(&w, 1, 3);
  const double x[3] = {1, 5, 3}, logw[3] = {0, -KAC_INF, 0};
  double log_z[3] = {0, -KAC_INF, 0};
  kac_frame frame = frame_of(&w, x, 1, logw, 1, log_z, 3);
  watch_record(&w, &frame);
  ck_assert_double_eq_tol(result(&w, "mean", 0), 2, 1e-14);
  /* rests -1/2, 0, 1/2 among three replicates */
  ck_assert_double_eq_tol(result(&w, "mean_err", 0), sqrt(0.75), 1e-14);
  log_z[0] = log_z[2] = -KAC_INF;
  w.n_results = 0;
  watch_record(&w, &frame);
  ck_assert_double_nan(result(&w, "mean", 0));
  watch_end(&w);
  watch_free(&w);
}
END_TEST

START_TEST(moments_write_lines_of_json) {
  struct watch w;
  watch_init(&w, "moments", 2);
  config_int(w.plugin, w.config, "interval", 2);
  watch_create(&w, 2, 1);
  const double x[4] = {0, 1, 2, 1}, logw[2] = {0, 0}, log_z = 0;
  for (uint64_t step = 0; step <= 4; step++) {
    kac_frame frame = frame_of(&w, x, 2, logw, 2, &log_z, 1);
    frame.step = step;
    frame.flags = step == 4 ? KAC_FRAME_FINAL : 0;
    watch_record(&w, &frame);
  }
  watch_end(&w);
  size_t n;
  char *text = watch_file(&w, "moments.jsonl", &n);
  const char *rest =
      "\"t\":0.25,\"mean\":[1,1],\"mean_err\":[null,null],\"var\":[1,0],"
      "\"var_err\":[null,null]}\n";
  char expected[1024];
  snprintf(expected, sizeof expected,
           "{\"step\":0,%s{\"step\":2,%s{\"step\":4,%s", rest, rest, rest);
  ck_assert_str_eq(text, expected);
  ck_assert_uint_eq(w.n_results, 5);
  free(text);
  watch_free(&w);
}
END_TEST

/* --- npy ------------------------------------------------------------------
 */
static void check_npy(const struct watch *w, const char *name,
                      const char *shape, const double *data, size_t n_data) {
  size_t n;
  char dict[128], *text = watch_file(w, name, &n);
  ck_assert_uint_eq(n, 128 + n_data * sizeof *data);
  ck_assert_mem_eq(text, "\x93NUMPY\x01\x00\x76\x00", 10);
  snprintf(dict, sizeof dict,
           "{'descr': '<f8', 'fortran_order': False, 'shape': %s, }", shape);
  ck_assert_mem_eq(text + 10, dict, strlen(dict));
  ck_assert_int_eq(text[127], '\n');
  ck_assert_mem_eq(text + 128, data, n_data * sizeof *data);
  free(text);
}

static void record_steps(struct watch *w, const double *x, size_t ld,
                         const double *logw, uint64_t n_steps) {
  for (uint64_t step = 0; step < n_steps; step++) {
    kac_frame frame = frame_of(w, x, ld, logw, 2, NULL, 2);
    frame.step = step;
    frame.t = 4 - (double)step;
    frame.flags = step == 4 ? KAC_FRAME_FINAL : 0;
    watch_record(w, &frame);
  }
}

START_TEST(npy_writes_arrays_that_numpy_opens) {
  struct watch w;
  watch_init(&w, "npy", 1);
  config_int(w.plugin, w.config, "interval", 3);
  watch_create(&w, 2, 2);
  const double x[8] = {1, 9, 2, 9, 3, 9, 4, 9}, logw[4] = {5, 6, 7, 8};
  record_steps(&w, x, 2, logw, 5);
  watch_end(&w);
  const double all_x[12] = {1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4};
  const double all_logw[12] = {5, 6, 7, 8, 5, 6, 7, 8, 5, 6, 7, 8};
  const double all_t[3] = {4, 1, 0};
  check_npy(&w, "frames_x.npy", "(3, 2, 2, 1)", all_x, 12);
  check_npy(&w, "frames_logw.npy", "(3, 2, 2)", all_logw, 12);
  check_npy(&w, "frames_t.npy", "(3,)", all_t, 3);
  watch_free(&w);
}
END_TEST

START_TEST(npy_gives_bodies_an_axis_of_their_own) {
  struct watch w;
  watch_init(&w, "npy", 6);
  w.space.n_bodies = 3;
  w.space.n_dim = 2;
  watch_create(&w, 2, 1);
  const double x[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  const double logw[2] = {1, 2};
  kac_frame frame = frame_of(&w, x, 6, logw, 2, NULL, 1);
  frame.flags = KAC_FRAME_FINAL;
  watch_record(&w, &frame);
  watch_end(&w);
  check_npy(&w, "frames_x.npy", "(1, 1, 2, 3, 2)", x, 12);
  check_npy(&w, "frames_logw.npy", "(1, 1, 2)", logw, 2);
  watch_free(&w);
}
END_TEST

START_TEST(npy_puts_the_headers_right_when_a_run_stops_early) {
  struct watch w;
  watch_init(&w, "npy", 1);
  config_int(w.plugin, w.config, "interval", 2);
  watch_create(&w, 2, 2);
  const double x[4] = {1, 2, 3, 4}, logw[4] = {5, 6, 7, 8}, t[1] = {4};
  record_steps(&w, x, 1, logw, 2);
  watch_end(&w);
  check_npy(&w, "frames_x.npy", "(1, 2, 2, 1)", x, 4);
  check_npy(&w, "frames_logw.npy", "(1, 2, 2)", logw, 4);
  check_npy(&w, "frames_t.npy", "(1,)", t, 1);
  watch_free(&w);
}
END_TEST

START_TEST(npy_refuses_a_prefix_that_is_a_path) {
  struct watch w;
  watch_init(&w, "npy", 1);
  const char *prefix = "../x";
  memcpy(config_member(w.plugin, w.config, "prefix"), &prefix, sizeof prefix);
  kac_plan plan = {.struct_size = sizeof plan, .space = &w.space};
  kac_error err = {0};
  ck_assert_int_eq(w.plugin->plan(w.config, &plan, &err), KAC_EINVAL);
  ck_assert_ptr_nonnull(strstr(err.msg, "prefix is '../x', expected"));
  watch_free(&w);
}
END_TEST

START_TEST(observers_are_silent_when_the_run_writes_no_files) {
  const char *const names[] = {"trace", "moments", "npy"};
  for (size_t i = 0; i < 3; i++) {
    struct watch w;
    watch_init(&w, names[i], 1);
    w.is_dry = 1;
    config_int(w.plugin, w.config, "interval", 1);
    watch_create(&w, 1, 1);
    const double zero = 0;
    kac_frame frame = frame_of(&w, &zero, 1, &zero, 1, &zero, 1);
    watch_record(&w, &frame);
    watch_end(&w);
    watch_free(&w);
  }
}
END_TEST

static Suite *observers(void) {
  Suite *suite = suite_create("observers");
  TCase *frames = tcase_create("frames");
  tcase_set_timeout(frames, 60);
  tcase_add_test(
      frames, trace_writes_an_object_per_step_with_null_for_what_is_not_finite);
  tcase_add_test(frames, trace_keeps_every_interval_th_step_and_the_last);
  tcase_add_test(frames, trace_takes_the_median_of_any_values);
  tcase_add_test(frames, moments_weigh_replicates_by_their_z);
  tcase_add_test(frames,
                 moments_of_one_replicate_are_weighted_and_have_no_error);
  tcase_add_test(frames, moments_have_an_error_from_the_lineage);
  tcase_add_test(frames, moments_say_why_there_is_no_error_from_the_lineage);
  tcase_add_test(frames, moments_count_extinct_replicates_as_zero);
  tcase_add_test(frames, moments_write_lines_of_json);
  tcase_add_test(frames, npy_writes_arrays_that_numpy_opens);
  tcase_add_test(frames, npy_gives_bodies_an_axis_of_their_own);
  tcase_add_test(frames, npy_puts_the_headers_right_when_a_run_stops_early);
  tcase_add_test(frames, npy_refuses_a_prefix_that_is_a_path);
  tcase_add_test(frames, observers_are_silent_when_the_run_writes_no_files);
  suite_add_tcase(suite, frames);
  return suite;
}

int main(void) {
  SRunner *runner = srunner_create(observers());
  srunner_run_all(runner, CK_NORMAL);
  int n_failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
