/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The end table, word for word, the limits of its warnings, and the stable
 * keys of run.json. */
#include "output/report.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "output/run_json.h"

static struct instance base = {.id = "base"};
static struct instance *scores[1] = {&base};
static double logw[2000], each[2] = {-3.2, -3.3};
static uint64_t evaluations[1] = {64}, vjps[1];
static struct spec spec;
static struct run_result result;
static struct report report;
static struct fault fault;
static struct host_outputs *outputs;

static void set_up(void) {
  for (size_t i = 0; i < 2000; i++) logw[i] = -log(1000);
  logw[7] = log(0.25);
  static const double times[65] = {1};
  spec = (struct spec){.scores = scores,
                       .t = times,
                       .n_steps = 64,
                       .n_scores = 1,
                       .seed = UINT64_MAX,
                       .n_threads = 2,
                       .correctness = DISCRETISED,
                       .correctness_reason = "Euler steps"};
  result = (struct run_result){.n_particles = 1000,
                               .n_replicates = 2,
                               .n_steps = 64,
                               .steps_done = 64,
                               .logw = logw,
                               .log_z_each = each,
                               .ess_each = each,
                               .unique_each = each,
                               .resamplings_each = each,
                               .log_z = -3.2184,
                               .log_z_stderr = 0.0123,
                               .log_z_start = 1,
                               .ess = 612.5,
                               .lowest_ess = 301.2,
                               .lowest_ess_step = 17,
                               .unique_ancestors = 120,
                               .diversity = 0.9875,
                               .diversity_each = each,
                               .resamplings = 5,
                               .accept = (double)NAN,
                               .evaluations = evaluations,
                               .vjps = vjps,
                               .n_scores = 1,
                               .seconds = 2,
                               .seconds_resample = 0.1};
  outputs = outputs_open(NULL, false, &fault);
  report = (struct report){&spec, &result, outputs, 2.5};
}

static void tear_down(void) {
  outputs_close(outputs);
}

static char *print(void) {
  char *text = NULL;
  size_t bytes;
  FILE *out = open_memstream(&text, &bytes);
  report_print(out, &report);
  fclose(out);
  return text;
}

static void expect(const char *part, bool is_expected) {
  char *text = print();
  bool is_found = strstr(text, part) != NULL;
  ck_assert_msg(is_found == is_expected, "'%s' in:\n%s", part, text);
  free(text);
}

START_TEST(a_good_run_is_told_word_for_word) {
  char *text = print();
  ck_assert_str_eq(text,
                   "log Z                -3.2184 +- 0.012 (2 replicates)\n"
                   "ESS                  612.5 of 1000 (61.2 %)\n"
                   "lowest ESS           301.2 of 1000 after step 17\n"
                   "largest weight       25 %\n"
                   "unique ancestors     120\n"
                   "distinct pairs       98.8 %\n"
                   "resamplings          5\n"
                   "model evaluations    64 of score 'base' per particle\n"
                   "time                 2.5 s, resampling 5 %\n"
                   "speed                64k particle-steps/s\n"
                   "correctness          discretised: Euler steps\n");
  free(text);
}
END_TEST

START_TEST(what_is_not_known_is_said) {
  result.log_z_stderr = result.log_z_start = (double)NAN;
  result.lineage_stderr = 0.0456;
  expect("-3.2184 +- 0.046 (one replicate, from the lineage), ratio", true);
  result.lineage_stderr = (double)NAN;
  expect(
      "-3.2184 (its square came out negative from the lineage: no error bar; "
      "more replicates give one), ratio to the start\n",
      true);
  expect("the weight zero on the way", false);
  result.n_died = 3;
  expect("-inf gave 3 particles the weight zero on the way", true);
  expect("discretised: Euler steps; for the paths that never met -inf\n", true);
  expect("acceptance", false);
  result.accept = 0.5741;
  expect("acceptance           0.574\n", true);
  vjps[0] = 16;
  expect("64 of score 'base' per particle, 16 of them VJPs\n", true);
  vjps[0] = 0;
}
END_TEST

START_TEST(where_everyone_died_there_is_no_log_z) {
  result.log_z = -(double)INFINITY;
  result.log_z_stderr = result.lineage_stderr = (double)NAN;
  expect("log Z                -: every replicate died out\n", true);
  expect("inf", false);
  expect("nan", false);
}
END_TEST

START_TEST(the_lowest_ess_is_told_where_there_is_one) {
  result.lowest_ess_step = 0;
  expect("lowest ESS           301.2 of 1000 at the start\n", true);
  result.lowest_ess = 49.9;
  expect("had an ESS of 49.9 of 1000 (at the start)", true);
  result.lowest_ess = 1000;
  expect("lowest", false);
  result.lowest_ess = (double)INFINITY;
  expect("lowest", false);
}
END_TEST

START_TEST(a_greedy_run_has_no_log_z) {
  result.log_z = (double)NAN;
  spec.correctness = GREEDY;
  expect("log Z                not estimated: the run is greedy\n", true);
  expect("warning: this run is greedy: its samples do not follow the target\n",
         true);
  expect("best of n", false);
  spec.best_of_n = true;
  expect("best of n            only samples.npz is of these: all numbers here",
         true);
}
END_TEST

START_TEST(a_forced_step_of_an_adaptive_run_is_told) {
  spec.correctness = ADAPTIVE;
  spec.adapt = 0.9;
  expect("adaptive: Euler steps", true);
  result.forced_cess = (double)NAN;
  expect("warning", false);
  result.forced_cess = 0.25;
  expect("with a conditional ESS of 0.25 N where adapt = 0.9 was wanted", true);
}
END_TEST

START_TEST(warnings_begin_at_their_limits) {
  result.ess = 10;
  result.unique_ancestors = 10;
  expect("warning", false);
  result.ess = 9.99;
  expect("warning: the ESS of the end is below 1 %", true);
  result.ess = 10;
  result.unique_ancestors = 9;
  expect("warning: all samples descend from 9 of 1000 starting points", true);
  result.unique_ancestors = 10;
  result.n_extinct = 1;
  expect("warning: 1 of 2 replicates died out", true);
  result.n_extinct = 0;
  result.lowest_ess = 50;
  expect("warning", false);
  result.lowest_ess = 49.9;
  expect(
      "warning: on the way a population had an ESS of 49.9 of 1000 (after "
      "step 17)",
      true);
  result.lowest_ess = 300;
  result.log_z_stderr = 1.5;
  expect("warning: log Z differs between replicates", true);
}
END_TEST

START_TEST(a_stiff_potential_is_warned_about) {
  struct spec_potential spring = {.instance = &base, .mode = MODE_RATE};
  spec.potentials = &spring;
  result.stiff = (struct stiffness){1, 0, 3};
  expect("stiff", false);
  result.stiff.worst = 1.25;
  expect("warning: potential 'base' is too stiff for the steps", true);
  expect("reaches 1.25 at step 4, and beyond 1 a step overshoots", true);
  spec.weights = WEIGHTS_DENSITY;
  expect("beyond 1 the weights have no finite variance; use more", true);
}
END_TEST

START_TEST(a_run_that_is_not_corrected_is_warned_about) {
  spec.correctness = GREEDY;
  expect("correctness          greedy: ", true);
  expect("warning: this run is greedy: its samples do not follow", true);
}
END_TEST

START_TEST(few_particles_cannot_have_many_ancestors) {
  result.n_particles = 19;
  result.unique_ancestors = 3;
  result.ess = 5;
  expect("warning", false);
}
END_TEST

static char *print_json(void) {
  static char text[16384];
  struct settings settings = {0};
  static char name[] = "run";
  char *argv[] = {name, NULL};
  struct run_record record = {.report = report,
                              .settings = &settings,
                              .config_path = "a.cfg",
                              .argc = 1,
                              .argv = argv,
                              .started = 86400};
  FILE *file = tmpfile();
  ck_assert(run_json_write(fileno(file), &record, &fault));
  ssize_t n = pread(fileno(file), text, sizeof text - 1, 0);
  ck_assert_int_gt(n, 0);
  text[n] = '\0';
  fclose(file);
  return text;
}

START_TEST(potentials_say_what_they_did) {
  static struct instance wall = {.id = "wall"};
  static struct spec_potential potential = {.instance = &wall};
  static struct activity activity;
  static double share;
  spec.potentials = &potential;
  spec.n_potentials = 1;
  result.activity = &activity;
  result.weight_share = &share;
  activity = (struct activity){.n_looked = 24000, .n_acted = 6000};
  share = 0.75;
  result.path_share = 0.25;
  expect(
      "acts of 'wall'       25 % of 12 looks per particle, weight share "
      "0.75\n"
      "the rest             weight share 0.25 (path, start and proposals)\n",
      true);
  expect("warning", false);
  share = result.path_share = (double)NAN;
  expect("acts of 'wall'       25 % of 12 looks per particle\n", true);
  expect("the rest", false);
  activity.n_refused = 40;
  expect(
      "acts of 'wall'       25 % of 12 looks per particle, refused 40 "
      "particles\n",
      true);
  activity.n_refused = 0;
  activity.n_acted = 0;
  expect(
      "warning: potential 'wall' NEVER ACTED: it left every particle as it "
      "was in all of its 24000 looks",
      true);
  activity.n_looked = 0;
  expect("acts of 'wall'       - % of 0 looks per particle\n", true);
  expect("warning: potential 'wall' NEVER ACTED: it was never looked at", true);
  potential = (struct spec_potential){.instance = &wall, .mode = MODE_GUIDE};
  expect("warning: potential 'wall' NEVER ACTED: its guide is 0\n", true);
}
END_TEST

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

START_TEST(results_of_observers_follow) {
  const double mean[7] = {1, 2, 3, 4, 5, 6, 7};
  ck_assert(outputs_add_result(outputs, "moments", "mean", mean, 7));
  ck_assert(outputs_add_result(outputs, "moments", "energy", mean, 1));
  expect("moments.mean         1 2 3 4 5 6 ... (7 numbers)\n", true);
  expect("moments.energy       1\n", true);
  const double unknown[2] = {(double)NAN, 0.5};
  ck_assert(outputs_add_result(outputs, "moments", "err", unknown, 2));
  expect("moments.err          - 0.5\n", true);
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
  Suite *suite = suite_create("report");
  TCase *tests = tcase_create("report");
  tcase_add_checked_fixture(tests, set_up, tear_down);
  tcase_add_test(tests, a_good_run_is_told_word_for_word);
  tcase_add_test(tests, what_is_not_known_is_said);
  tcase_add_test(tests, a_stiff_potential_is_warned_about);
  tcase_add_test(tests, where_everyone_died_there_is_no_log_z);
  tcase_add_test(tests, the_lowest_ess_is_told_where_there_is_one);
  tcase_add_test(tests, a_greedy_run_has_no_log_z);
  tcase_add_test(tests, a_forced_step_of_an_adaptive_run_is_told);
  tcase_add_test(tests, warnings_begin_at_their_limits);
  tcase_add_test(tests, a_run_that_is_not_corrected_is_warned_about);
  tcase_add_test(tests, few_particles_cannot_have_many_ancestors);
  tcase_add_test(tests, potentials_say_what_they_did);
  tcase_add_test(tests, a_bias_by_inf_on_the_way_is_told_with_its_potential);
  tcase_add_test(tests, results_of_observers_follow);
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
