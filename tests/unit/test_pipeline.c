/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every message of the rules that hold between the parts of a pipeline, word
 * by word. */
#include "pipeline_fixture.h"

START_TEST(the_good_config_has_nothing_to_say) {
  expect(NULL, 0, true, "");
}
END_TEST

/* --- build_groups.c ------------------------------------------------------- */
START_TEST(groups_and_plugins_are_named) {
  fails(SCORES, "scores = (5);",
        "run.cfg:4: error: score: must be a group { ... }, not an integer\n");
  fails(SCORES, "scores = ({ plugin = 5; });",
        "run.cfg:4: error: plugin of a score: must be a string\n");
  fails(SCORES, "scores = ({ id = \"a\"; });",
        "run.cfg:4: error: a score needs the key plugin\n");
}
END_TEST

START_TEST(a_state_has_one_size) {
  static const char *const both =
      "run.cfg:1: error: state: give either real (numbers per particle) or "
      "particles and dim (bodies)\n";
  fails(STATE, "state = { real = 2; particles = 3; };", both);
  fails(STATE, "state = { dim = 2; };", both);
  fails(STATE, "state = { real = 2; mean_free = true; };",
        "run.cfg:1: error: state: mean_free needs particles >= 2\n");
  fails(STATE, "state = { particles = 1; dim = 2; mean_free = true; };",
        "run.cfg:1: error: state: mean_free needs particles >= 2\n");
}
END_TEST

/* --- build_plugins.c ------------------------------------------------------ */
START_TEST(lists_are_lists_and_not_too_long) {
  fails(POTENTIALS, "potentials = { plugin = \"linear\"; };",
        "run.cfg:6: error: potentials: must be a list ( { ... }, ... ), not a "
        "group\n");
  char text[2048] = "potentials = (";
  for (int i = 0; i < 17; i++) strcat(text, i > 0 ? ",{}" : "{}");
  strcat(text, ");");
  fails(POTENTIALS, text,
        "run.cfg:6: error: potentials: 17 entries, at most 16\n");
  fails(INTEGRATORS, "integrators = ();",
        "run.cfg:7: error: integrators: the list is empty; a run needs at "
        "least one move\n");
}
END_TEST

START_TEST(a_window_goes_up) {
  static const char *const wrong =
      "run.cfg:7: error: window: must be two numbers from <= to in [0,1]\n";
  fails(INTEGRATORS,
        "integrators = ({ plugin = \"euler_maruyama\"; window = [0.6, 0.4]; "
        "});",
        wrong);
  fails(INTEGRATORS,
        "integrators = ({ plugin = \"euler_maruyama\"; window = [0.6]; });",
        wrong);
}
END_TEST

START_TEST(ids_are_found_and_unique) {
  fails(SCORES,
        "scores = ({ id = \"a\"; plugin = \"gaussian\"; },"
        "{ id = \"a\"; plugin = \"gaussian\"; });",
        "run.cfg:4: error: the id 'a' of this score was given before, at "
        "run.cfg:4\n");
  fails(TARGET, "target = ({ score = \"bass\"; });",
        "run.cfg:5: error: target: no score has the id 'bass'; did you mean "
        "'base'?\n");
  fails(TARGET, "target = ({ score = \"other\"; });",
        "run.cfg:5: error: target: no score has the id 'other'\n");
  fails(TARGET, "target = ({ score = \"base\"; }, { score = \"base\"; });",
        "run.cfg:5: error: the score 'base' stands in the target twice: add "
        "up its powers\n");
}
END_TEST

/* --- build_rules.c -------------------------------------------------------- */
START_TEST(a_model_gives_some_form_of_score) {
  fails(SCORES, form("scores = (", "logp_only", "id = \"base\"; });"),
        "run.cfg:4: error: score 'base' gives none of score, x0, eps, "
        "velocity\n");
}
END_TEST

#define MORE_DENSITY "path = { weights = \"density\"; };"

START_TEST(who_needs_a_log_density_says_why) {
  const char *score = form("scores = (", "score_only", "id = \"base\"; });");
  fails_2(SCORES, score, TARGET,
          "target = ({ score = \"base\"; power = { from = 1.0; to = 2.0; }; "
          "});",
          "run.cfg:5: error: a power that changes in time needs the "
          "log-density, and score 'base' (score_only) has none\n"
          "run.cfg:5: error: the matched frame needs sigma_data, and no score "
          "model of the target knows it\n"
          "    path = { sigma_data = ...; }: the rms radius per coordinate of "
          "the data; or frame = \"noise\"\n");
  fails_2(SCORES, score, MORE, MORE_DENSITY,
          "run.cfg:9: error: weights = \"density\" needs the log-density, and "
          "score 'base' (score_only) has none\n");
  fails_2(SCORES, score, INTEGRATORS,
          "integrators = ({ plugin = \"euler_maruyama\"; },"
          "{ plugin = \"mala\"; });",
          "run.cfg:7: error: this move needs the log-density, and score "
          "'base' (score_only) has none\n");
}
END_TEST

START_TEST(heavy_tails_are_warned_of) {
  static const char *const modes[] = {"max", "sum", "current"};
  for (size_t k = 0; k < 3; k++) {
    char text[256], message[320];
    snprintf(text, sizeof text,
             "potentials = ({ plugin = \"linear\"; slope = 1.0; mode = \"%s\"; "
             "at = \"x0hat\"; strength = { from = 0.5; to = -4.0; }; });",
             modes[k]);
    snprintf(
        message, sizeof message,
        "run.cfg:6: warning: mode = \"%s\" at every step has heavy tails "
        "where strength times phi exceeds 1, with a strength of 4 where phi "
        "varies by more than 0.25: set every, or mode = \"difference\"\n",
        modes[k]);
    warns_2(POTENTIALS, text, MORE, "", message);
    snprintf(text, sizeof text,
             "potentials = ({ plugin = \"linear\"; slope = 1.0; mode = \"%s\"; "
             "at = \"x0hat\"; every = 2; });",
             modes[k]);
    warns_2(POTENTIALS, text, MORE, "", "");
  }
}
END_TEST

START_TEST(densities_and_guides_need_noisy_kernels) {
  static const char *const guide =
      "potentials = ({ plugin = \"linear\"; slope = 1.0; guide = 1.0; });";
  static const char *const ode =
      "integrators = ({ plugin = \"euler_maruyama\"; noise = 0.0; });";
  static const char *const heun = "integrators = ({ plugin = \"heun\"; });";
  fails_2(INTEGRATORS, heun, MORE, MORE_DENSITY,
          "run.cfg:7: error: weights = \"density\" needs a Gaussian kernel, "
          "and integrator 'heun' has none; euler_maruyama, exponential and "
          "ancestral have\n    weights is set at run.cfg:9\n");
  fails_2(INTEGRATORS, heun, POTENTIALS, guide,
          "run.cfg:7: error: a guide needs a Gaussian kernel, and integrator "
          "'heun' has none; euler_maruyama, exponential and ancestral have\n"
          "    guide is set at run.cfg:6\n");
  fails_2(INTEGRATORS, ode, MORE, MORE_DENSITY,
          "run.cfg:7: error: weights = \"density\" needs noise > 0 at every "
          "step: a move without noise has no density\n"
          "    weights is set at run.cfg:9\n");
  fails_2(INTEGRATORS, ode, POTENTIALS, guide,
          "run.cfg:7: error: a guide needs noise > 0 at every step: a move "
          "without noise has no density\n    guide is set at run.cfg:6\n");
}
END_TEST

START_TEST(one_integrator_advances_at_a_time) {
  fails(INTEGRATORS,
        "integrators = ({ plugin = \"euler_maruyama\"; },"
        "{ plugin = \"heun\"; window = [0.5, 1.0]; });",
        "run.cfg:7: error: two integrators advance at t = 0.5: this one and "
        "the one at run.cfg:7; set their windows apart\n");
  fails(INTEGRATORS,
        "integrators = ({ plugin = \"euler_maruyama\"; window = [0.3, 1.0]; "
        "});",
        "run.cfg:7: error: no integrator advances at t = 1; only a schedule "
        "at rest (static) goes without\n");
  fails(INTEGRATORS,
        "integrators = ({ plugin = \"euler_maruyama\"; repeat = 2; });",
        "run.cfg:7: error: repeat is for invariant moves, and "
        "'euler_maruyama' advances\n");
}
END_TEST

START_TEST(unstable_annealing_is_warned_of) {
  const struct change changes[] = {
      {TARGET, "target = ({ score = \"base\"; power = 4.0; });"},
      {INTEGRATORS,
       "integrators = ({ plugin = \"euler_maruyama\"; noise = 0.8; });"},
      {TIME, "time = { steps = 80; };"},
      {MORE, "path = { frame = \"noise\"; };"}};
  expect(changes, 4, true,
         "run.cfg:7: warning: noise^2 = 0.64 <= 1 - 1/p = 0.75: annealing to "
         "power 4 is unstable in the noise frame, and in the matched frame for "
         "all but a Gaussian; raise noise\n");
}
END_TEST

/* --- build_start.c -------------------------------------------------------- */
START_TEST(the_start_can_be_drawn) {
  fails_2(SCHEDULE, "schedule = { plugin = \"static\"; };", INTEGRATORS,
          "integrators = ({ plugin = \"mala\"; });",
          "run.cfg: error: start: the prior has variance sigma(t_max)^2, and "
          "sigma = 0; give another law\n");
  fails(
      TARGET, "target = ({ score = \"base\"; power = -1.0; });",
      "run.cfg:5: error: start: the prior needs powers with a positive sum at "
      "t_max, it is -1; give another law\n");
  fails(MORE, "start = { law = \"file\"; };",
        "run.cfg:9: error: start: law = \"file\" needs the key file\n");
  fails(MORE, "start = { law = \"bass\"; };",
        "run.cfg:9: error: start: no score has the id 'bass'; did you mean "
        "'base'?\n    a law is prior, gaussian, file or a score's id\n");
  fails_2(SCORES, "scores = ({ id = \"base\"; plugin = \"mueller_brown\"; });",
          MORE, "start = { law = \"base\"; }; path = { sigma_data = 1.0; };",
          "run.cfg:9: error: start: score 'base' (mueller_brown) cannot draw "
          "samples\n");
  fails(MORE, "start = { mean = 1.0; };",
        "run.cfg:9: error: start: mean and variance are for law = "
        "\"gaussian\"\n");
  fails(MORE, "start = { law = \"base\"; variance = 1.0; };",
        "run.cfg:9: error: start: mean and variance are for law = "
        "\"gaussian\"\n");
  fails(MORE, "start = { burn_in = 5; };",
        "run.cfg:9: error: start: burn_in needs an invariant move (mala, "
        "langevin) that is active at t_max\n");
}
END_TEST

/* --- pipeline.c ----------------------------------------------------------- */
START_TEST(sizes_beyond_the_machine_are_refused) {
  fails(POPULATION, "population = { particles = 3000000000L; };",
        "run.cfg:8: error: population: 3000000000 particles in 1 replicates "
        "need about 48 GB; at most 2^31 particles and 2^32 replicates can be "
        "numbered\n");
  char text[TEXT];
  struct rig rig;
  const struct change change = {
      POPULATION,
      "population = { particles = 2000000000L; replicates = 1000000L; };"};
  write_config(&change, 1, text);
  ck_assert(!rig_check(&rig, text));
  ck_assert_int_eq(diag_code(rig.diag), EXIT_RESOURCE);
  static const char *const begin =
      "run.cfg:8: error: population: a run needs 9.6e+07 GB (2000000000 "
      "particles x 1000000 replicates, 2 numbers each), and ";
  ck_assert_msg(strncmp(diag_text(rig.diag), begin, strlen(begin)) == 0, "%s",
                diag_text(rig.diag));
  rig_close(&rig);
}
END_TEST

START_TEST(a_plugin_for_other_states_is_refused) {
  fails(SCORES, form("scores = (", "tokens", "id = \"base\"; });"),
        "run.cfg:4: error: 'tokens' does not handle real coordinates\n");
}
END_TEST

int main(void) {
  const TTest *const tests[] = {
      the_good_config_has_nothing_to_say,
      groups_and_plugins_are_named,
      a_state_has_one_size,
      lists_are_lists_and_not_too_long,
      a_window_goes_up,
      ids_are_found_and_unique,
      a_model_gives_some_form_of_score,
      who_needs_a_log_density_says_why,
      heavy_tails_are_warned_of,
      densities_and_guides_need_noisy_kernels,
      one_integrator_advances_at_a_time,
      unstable_annealing_is_warned_of,
      the_start_can_be_drawn,
      sizes_beyond_the_machine_are_refused,
      a_plugin_for_other_states_is_refused,
  };
  return RIG_SUITE("pipeline", tests);
}
