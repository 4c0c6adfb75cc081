/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The stable keys of run.json, and what table and run.json both have to say. */
#include "report_fixture.h"

START_TEST(a_bias_by_inf_on_the_way_is_told_with_its_potential) {
  static struct instance wall = {.id = "wall", .at = {"run.cfg", 12}};
  static struct instance other = {.id = "other"};
  static struct spec_potential potentials[] = {{.instance = &wall},
                                               {.instance = &other}};
  static struct activity activity[2];
  static double share[2] = {(double)NAN, (double)NAN};
  spec.potentials = potentials;
  spec.n_potentials = 2;
  result.activity = activity;
  result.weight_share = share;
  result.n_died = 40;
  expect("discretised: Euler steps; for the paths that never met -inf\n", true);
  expect("biased", false);
  activity[0].n_revivable = 37;
  expect(
      "uncorrected: biased by -inf on the way, unless every end from there has "
      "it too: potential 'wall' (run.cfg:12); for the paths that never met it: "
      "Euler steps\n",
      true);
  expect(
      "warning: log Z and averages are biased, unless every end from there has "
      "-inf too: potential 'wall' (run.cfg:12) gave 37 particles the weight "
      "zero on the way where its value at the end is finite, at the point or "
      "at a draw of the end\n",
      true);
  activity[1].n_revived = 7;
  expect(
      "uncorrected: biased by -inf on the way: potential 'wall' (run.cfg:12), "
      "potential 'other'; for the paths that never met it: Euler steps\n",
      true);
  expect(
      "warning: log Z and averages are biased: potential 'other' gave "
      "particles the weight zero on the way, and for 7 of those that were "
      "still there phi of the end is finite",
      true);
  const char *text = print_json();
  ck_assert_ptr_nonnull(strstr(text, "\"correctness\": \"uncorrected\",\n"));
  ck_assert_ptr_nonnull(
      strstr(text,
             "\"correctness_reason\": \"biased by -inf on the way: "
             "potential 'wall' (run.cfg:12), potential 'other'; for the "
             "paths that never met it: Euler steps\",\n"));
  ck_assert_ptr_nonnull(strstr(text, "\"n_revivable\": 37,\n"));
  ck_assert_ptr_nonnull(strstr(text, "\"n_revived\": 7\n"));
  spec.correctness = GREEDY;
  expect("correctness          greedy: biased", true);
}
END_TEST

START_TEST(run_json_begins_with_the_stable_keys) {
  static const char head[] =
      "{\n  \"log_z\": -3.2184,\n  \"log_z_start\": 1,\n"
      "  \"log_z_stderr\": 0.0123,\n  \"ess\": 612.5,\n"
      "  \"lowest_ess\": 301.2,\n  \"lowest_ess_step\": 17,\n"
      "  \"unique_ancestors\": 120,\n  \"particles\": 1000,\n"
      "  \"replicates\": 2,\n  \"steps\": 64,\n  \"resamplings\": 5,\n"
      "  \"evaluations\": {\n    \"base\": 64\n  },\n"
      "  \"vjp_evaluations\": {\n    \"base\": 0\n  },\n"
      "  \"correctness\": \"discretised\",\n  \"seconds\": 2.5,\n"
      "  \"seed\": 18446744073709551615,\n"
      "  \"particle_steps_per_second\": 64000,\n";
  const char *text = print_json();
  ck_assert_msg(strncmp(text, head, strlen(head)) == 0, "%s", text);
  ck_assert_ptr_nonnull(strstr(text, "\"started\": \"1970-01-02T00:00:00Z\""));
}
END_TEST

START_TEST(run_json_has_null_for_what_is_not_known) {
  result.log_z_stderr = result.log_z_start = (double)NAN;
  result.log_z = -(double)INFINITY; /* everyone died */
  const char *text = print_json();
  ck_assert_ptr_nonnull(strstr(text, "\"log_z\": null,\n"));
  ck_assert_ptr_nonnull(strstr(text, "\"log_z_start\": null,\n"));
  ck_assert_ptr_nonnull(strstr(text, "\"log_z_stderr\": null,\n"));
}
END_TEST

START_TEST(run_json_of_a_greedy_run_has_no_log_z_of_a_replicate) {
  spec.correctness = GREEDY;
  const char *text = print_json();
  ck_assert_ptr_nonnull(strstr(text, "\"log_z_stderr_lineage\": null,\n"));
  ck_assert_msg(strstr(text,
                       "\"per_replicate\": {\n    \"log_z\": [\n      "
                       "null,\n      null\n    ],\n"),
                "%s", text);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("run_json");
  TCase *tests = tcase_create("run_json");
  tcase_add_checked_fixture(tests, set_up, tear_down);
  tcase_add_test(tests, a_bias_by_inf_on_the_way_is_told_with_its_potential);
  tcase_add_test(tests, run_json_begins_with_the_stable_keys);
  tcase_add_test(tests, run_json_has_null_for_what_is_not_known);
  tcase_add_test(tests, run_json_of_a_greedy_run_has_no_log_z_of_a_replicate);
  suite_add_tcase(suite, tests);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
