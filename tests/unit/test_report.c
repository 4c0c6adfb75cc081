/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The end table, word for word, and the limits of its warnings. */
#include "report_fixture.h"

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

START_TEST(a_run_that_has_diverged_is_warned_about) {
  struct instance guide = {.id = "pull", .at = {"a.cfg", 7}};
  struct instance moves = {.id = "euler", .at = {"a.cfg", 9}};
  struct spec_potential potential = {.instance = &guide};
  struct spec_integrator integrator = {.instance = &moves};
  spec.integrators = &integrator;
  spec.n_integrators = 1;
  result.extent = (struct extent){2e6, -3e7, 1005, 4};
  expect("diverged", false); /* nothing to compare it with */
  result.start_rms = 2;
  expect("diverged", false);
  result.start_rms = 1.9;
  expect(
      "warning: the run has diverged: at the end the rms of all coordinates is "
      "2e+06, at the start it was 1.9 (coordinate 4 of particle 5, replicate "
      "1, is -3e+07); integrator 'euler' (a.cfg:9) moves them: take more "
      "steps, or shorter ones\n",
      true);
  static struct activity activity;
  double share = (double)NAN;
  spec.potentials = &potential;
  spec.n_potentials = 1;
  result.activity = &activity;
  result.weight_share = &share;
  potential.guide = 50;
  potential.strength = ramp_constant(1);
  spec.sigma_data = 0.5;
  expect(
      "was 1.9, and that of the data is 0.5 (coordinate 4 of particle 5, "
      "replicate 1, is -3e+07); potential 'pull' (a.cfg:7) guides: lower guide "
      "or strength, or take more steps\n",
      true);
  spec.sigma_data = 2; /* the larger of both */
  expect("diverged", false);
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

/* The mean of values of which one is -inf is that, and their sd is not known.
 */
START_TEST(values_of_minus_infinity_have_no_sd) {
  static double phi[2000];
  static struct instance wall = {.id = "wall"};
  static struct spec_potential potential = {.instance = &wall};
  static struct activity activity;
  static double share;
  spec.potentials = &potential;
  spec.n_potentials = result.n_potentials = 1;
  result.phi = phi;
  result.activity = &activity;
  result.weight_share = &share;
  expect("phi of 'wall'        mean 0 +- 0, sd 0\n", true);
  phi[3] = -(double)INFINITY;
  expect("phi of 'wall'        mean -inf, sd -\n", true);
}
END_TEST

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
  share = 1;
  result.path_share = -6.7e-16; /* what rounding leaves */
  expect("the rest             weight share 0 (path", true);
  share = result.path_share = (double)NAN;
  expect("acts of 'wall'       25 % of 12 looks per particle\n", true);
  expect("the rest", false);
  static const kac_integrator_ops moves = {.role = KAC_ADVANCES};
  static const kac_component component = {.ops = &moves};
  static struct instance euler = {.component = &component};
  static struct spec_integrator entry = {.instance = &euler};
  spec.integrators = &entry;
  spec.n_integrators = 1;
  spec.weights = WEIGHTS_DENSITY;
  potential.mode = MODE_RATE;
  expect(
      "acts of 'wall'       25 % of 12 looks per particle, weight within the "
      "path's (weights = \"density\")\n",
      true);
  potential.mode = MODE_INTEGRAL;
  expect("acts of 'wall'       25 % of 12 looks per particle\n", true);
  spec.weights = WEIGHTS_RATE;
  spec.n_integrators = 0;
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

START_TEST(deaths_that_a_strength_of_zero_forgives_are_a_bias) {
  static struct activity activity = {
      .n_looked = 9, .n_acted = 9, .n_refused = 7, .n_revivable = 2};
  struct instance wall = {.id = "wall"};
  struct spec_potential potential = {.instance = &wall,
                                     .mode = MODE_DIFFERENCE};
  double share = (double)NAN;
  spec.potentials = &potential;
  spec.n_potentials = 1;
  result.activity = &activity;
  result.weight_share = &share;
  potential.strength = ramp_constant(1);
  expect("biased, unless every end from there has -inf too: potential", true);
  potential.strength = ramp_constant(0);
  expect(
      "warning: log Z and averages are biased: potential 'wall' gave 7 "
      "particles the weight zero on the way, but its strength ends at 0",
      true);
  potential.mode = MODE_RATE;
  expect("its strength ends at 0", false);
}
END_TEST

START_TEST(results_of_observers_follow) {
  const double mean[11] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  ck_assert(outputs_add_result(outputs, "moments", "mean", mean, 11));
  ck_assert(outputs_add_result(outputs, "moments", "energy", mean, 1));
  expect("moments.mean         1 2 3 4 5 6 7 8 9 10 ... (11 numbers)\n", true);
  expect("moments.energy       1\n", true);
  const double unknown[2] = {(double)NAN, 0.5};
  ck_assert(outputs_add_result(outputs, "moments", "err", unknown, 2));
  expect("moments.err          - 0.5\n", true);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("report");
  TCase *tests = tcase_create("report");
  tcase_add_checked_fixture(tests, set_up, tear_down);
  tcase_add_test(tests, a_good_run_is_told_word_for_word);
  tcase_add_test(tests, what_is_not_known_is_said);
  tcase_add_test(tests, a_run_that_has_diverged_is_warned_about);
  tcase_add_test(tests, deaths_that_a_strength_of_zero_forgives_are_a_bias);
  tcase_add_test(tests, a_stiff_potential_is_warned_about);
  tcase_add_test(tests, where_everyone_died_there_is_no_log_z);
  tcase_add_test(tests, the_lowest_ess_is_told_where_there_is_one);
  tcase_add_test(tests, a_greedy_run_has_no_log_z);
  tcase_add_test(tests, a_forced_step_of_an_adaptive_run_is_told);
  tcase_add_test(tests, warnings_begin_at_their_limits);
  tcase_add_test(tests, a_run_that_is_not_corrected_is_warned_about);
  tcase_add_test(tests, few_particles_cannot_have_many_ancestors);
  tcase_add_test(tests, values_of_minus_infinity_have_no_sd);
  tcase_add_test(tests, potentials_say_what_they_did);
  tcase_add_test(tests, results_of_observers_follow);
  suite_add_tcase(suite, tests);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
