/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every message about where and when potentials are looked at, and what they
 * need for it. */
#include "pipeline_fixture.h"

#define LINEAR "potentials = ({ plugin = \"linear\"; slope = 1.0; "

START_TEST(steps_are_steps_of_the_run_and_stand_alone) {
  static const char *const alone =
      "run.cfg:6: error: at_steps names the steps one by one: it goes without "
      "every and window\n";
  fails(POTENTIALS, LINEAR "at_steps = [4]; every = 1; });", alone);
  fails(POTENTIALS, LINEAR "at_steps = [4]; window = [0.0, 1.0]; });", alone);
  fails(POTENTIALS, LINEAR "at_steps = [4, 9]; });",
        "run.cfg:6: error: at_steps: 9 is no number of a step, which are 1 ... "
        "8\n");
  fails(POTENTIALS, LINEAR "at_steps = [0]; });",
        "run.cfg:6: error: at_steps: 0 is no number of a step, which are 1 ... "
        "8\n");
  fails(
      POTENTIALS, LINEAR "at_steps = [1.5]; });",
      "run.cfg:6: error: at_steps: 1.5 is no number of a step, which are 1 ... "
      "8\n");
  fails(POTENTIALS, LINEAR "at_steps = [4, 4]; });",
        "run.cfg:6: error: at_steps: 4 is given twice\n");
  fails(POTENTIALS, LINEAR "at_steps = [4]; mode = \"rate\"; });",
        "run.cfg:6: error: mode = \"rate\" follows the whole path: every, "
        "window and at_steps are for the modes that steer by weights\n");
}
END_TEST

START_TEST(a_guide_needs_a_mean_to_shift) {
  static const char *const why =
      "run.cfg:6: error: a guide needs an integrator that advances: invariant "
      "moves have no mean to shift\n";
  static const char *const guides[] = {LINEAR "guide = 1.0; });",
                                       LINEAR "mode = \"guide\"; });"};
  for (size_t i = 0; i < 2; i++) {
    const struct change resting[] = {
        {SCHEDULE, "schedule = { plugin = \"static\"; };"},
        {POTENTIALS, guides[i]},
        {INTEGRATORS, "integrators = ({ plugin = \"mala\"; });"},
        {MORE, "start = { law = \"gaussian\"; };"}};
    expect(resting, 4, false, why);
  }
}
END_TEST

START_TEST(who_needs_a_gradient_says_why) {
  fails(POTENTIALS, form("potentials = (", "phi_only", "mode = \"rate\"; });"),
        "run.cfg:6: error: mode = \"rate\" needs the gradient, and potential "
        "'potentials[0]' (phi_only) has none\n");
  fails(POTENTIALS,
        form("potentials = (", "phi_only", "id = \"p\"; guide = 1.0; });"),
        "run.cfg:6: error: a guide needs the gradient, and potential 'p' "
        "(phi_only) has none\n");
  fails_2(SCORES, form("scores = (", "score_only", "id = \"base\"; });"),
          POTENTIALS,
          "potentials = ({ plugin = \"linear\"; slope = 1.0; guide = 1.0; at = "
          "\"x0hat\"; });",
          "run.cfg:6: error: a guide through x0hat (jacobian = \"exact\") "
          "needs a VJP, and score 'base' (score_only) has none\n"
          "    set jacobian = \"identity\": the gradient at x0hat as it is, a "
          "cruder guide to the same target\n");
}
END_TEST

/* What a plan takes back counts as not provided, in a combination too. */
START_TEST(an_instance_may_lack_what_its_kind_provides) {
  struct rig rig;
  fails(POTENTIALS,
        form("potentials = (", "modest_phi", "mode = \"rate\"; });"),
        "run.cfg:6: error: mode = \"rate\" needs the gradient, and potential "
        "'potentials[0]' (modest_phi) has none\n");
  fails(POTENTIALS,
        form("potentials = ({ any_of = (", "modest_phi",
             "id = \"p\"; }); mode = \"rate\"; });"),
        "run.cfg:6: error: mode = \"rate\" needs the gradient, and potential "
        "'p' (modest_phi) has none\n");
  fails_2(SCORES, form("scores = (", "modest", "id = \"base\"; });"), MORE,
          "path = { weights = \"density\"; };",
          "run.cfg:9: error: weights = \"density\" needs the log-density, and "
          "score 'base' (modest) has none\n");
  const struct change all[] = {
      {SCORES, form("scores = (", "modest", "id = \"base\"; unused = 0; });")},
      {POTENTIALS, form("potentials = (", "modest_phi",
                        "unused = 0; mode = \"rate\"; });")},
      {MORE, "path = { weights = \"density\"; };"}};
  ck_assert_msg(check_changed(&rig, all, 3), "%s", diag_text(rig.diag));
  rig_close(&rig);
}
END_TEST

START_TEST(samples_have_their_places) {
  static const char *const place =
      "run.cfg:6: error: samples are drawn around the denoised mean: they need "
      "at = \"x0hat\" and mode = \"difference\", \"max\", \"sum\" or "
      "\"current\"\n";
  fails(POTENTIALS, LINEAR "samples = 4; });", place);
  fails(POTENTIALS, LINEAR "samples = 4; at = \"x0hat\"; mode = \"final\"; });",
        place);
  fails(POTENTIALS, LINEAR "samples = 4; mode = \"rate\"; });", place);
  fails(POTENTIALS, LINEAR "samples = 4; mode = \"integral\"; });", place);
  fails(POTENTIALS, LINEAR "samples = 4; at = \"x0hat\"; guide = 1.0; });",
        "run.cfg:6: error: a guide has no gradient through samples: use two "
        "entries, one that guides (mode = \"guide\") and one with samples\n");
  fails(POTENTIALS, LINEAR "spread = 4.0; at = \"x0hat\"; });",
        "run.cfg:6: error: spread is the width of the draws: set samples\n");
  fails(POTENTIALS, LINEAR "samples = 5000; at = \"x0hat\"; });",
        "run.cfg:6: error: samples = 5000 of potential 'linear': must be in "
        "[0, 4096]\n");
  fails_2(SCORES, form("scores = (", "score_only", "id = \"base\"; });"),
          POTENTIALS, LINEAR "samples = 4; at = \"x0hat\"; });",
          "run.cfg:6: error: samples need the width of the data, which no "
          "score model of the target knows: set spread, or sigma_data of "
          "path\n");
  char text[4096];
  snprintf(text, sizeof text,
           "potentials = ({ all_of = ({ plugin = "
           "\"%s/potential/memories.so:running_max\"; }); samples = 2; at = "
           "\"x0hat\"; });",
           getenv("KAC_FIXTURES"));
  fails(POTENTIALS, text,
        "run.cfg:6: error: samples are not for potential 'potentials[0]' "
        "(all_of), which remembers where a particle was\n");
}
END_TEST

START_TEST(the_previous_point_is_there_for_modes_with_looks) {
  char text[4096];
  snprintf(text, sizeof text,
           "potentials = ({ plugin = \"%s/potential/memories.so:last_move\"; "
           "mode = \"integral\"; });",
           getenv("KAC_FIXTURES"));
  fails(POTENTIALS, text,
        "run.cfg:6: error: potential 'potentials[0]' (last_move) needs the "
        "previous point, which integral does not have: it is for difference, "
        "max, sum, current and final without a guide\n");
}
END_TEST

START_TEST(what_does_less_than_it_seems_to_is_told) {
  static const char *const late =
      "run.cfg:6: warning: looked at after the last step only, as with mode = "
      "\"final\": no other step of 8 lies in its every and window\n";
  warns_2(POTENTIALS, LINEAR "every = 8; });", TARGET, "", late);
  warns_2(POTENTIALS, LINEAR "window = [0.26, 0.37]; });", TARGET, "", late);
  warns_2(POTENTIALS, LINEAR "every = 7; });", TARGET, "", "");
  warns_2(POTENTIALS,
          LINEAR "at = \"x0hat\"; strength = { from = 1.0; to = 0.0; }; });",
          TARGET, "",
          "run.cfg:6: warning: strength ends at 0, and the last one makes the "
          "target: potential 'potentials[0]' leaves it as it is, exp(0 phi) = "
          "1, and steers on the way alone; where phi is -inf there, particles "
          "die all the same, and log Z and averages are biased\n");
  fails(POTENTIALS, LINEAR "mode = \"guide\"; every = 2; });",
        "run.cfg:6: error: every is for looks that weigh, and mode = "
        "\"guide\" acts on every step of its window, or of at_steps\n");
}
END_TEST

/* Keys of looks on the way are refused where there are none; at x0hat is where
 * the other modes look, so that comparing modes by --set is allowed. */
START_TEST(a_look_at_the_end_has_no_keys_of_the_way) {
  static const char once[] =
      "run.cfg:6: error: mode = \"final\" looks once, after the last step: "
      "every, window and at_steps are for the modes that steer by weights on "
      "the way, and for guides\n";
  static const char *const keys[] = {"every = 8;", "window = [0.1, 0.4];",
                                     "every = 3; window = [0.1, 1.0];",
                                     "at_steps = [3];"};
  for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
    char text[256];
    snprintf(text, sizeof text, LINEAR "mode = \"final\"; %s });", keys[k]);
    fails(POTENTIALS, text, once);
  }
  warns_2(POTENTIALS,
          LINEAR "mode = \"final\"; every = 1; window = [0.0, 1.0]; });",
          TARGET, "", "");
  warns_2(POTENTIALS, LINEAR "mode = \"final\"; at = \"x0hat\"; });", TARGET,
          "",
          "run.cfg:6: warning: at = \"x0hat\" has no effect: mode = \"final\" "
          "looks at x after the last step, and potential 'potentials[0]' does "
          "not guide\n");
  warns_2(POTENTIALS,
          LINEAR
          "mode = \"final\"; at = \"x0hat\"; guide = 1.0; window = [0.1, "
          "0.4]; });",
          TARGET, "", "");
  warns_2(POTENTIALS, LINEAR "mode = \"guide\"; window = [0.26, 0.37]; });",
          TARGET, "",
          "run.cfg:6: warning: the guide of potential 'potentials[0]' never "
          "acts: none of the 8 steps begins in its window at a progress where "
          "an integrator advances\n");
  warns_2(POTENTIALS, LINEAR "mode = \"guide\"; window = [0.26, 0.38]; });",
          TARGET, "", "");
  fails(
      POTENTIALS, LINEAR "mode = \"final\"; guide = 1.0; every = 2; });",
      "run.cfg:6: error: every is for looks that weigh, and the guide of mode "
      "= \"final\" acts on every step of its window, or of at_steps\n");
}
END_TEST

/* 1 is what the mode is for; a 0 that was given is meant. */
START_TEST(mode_guide_guides_by_1_unless_told) {
  static const struct {
    const char *keys;
    double guide;
  } rows[] = {{"mode = \"guide\";", 1},
              {"mode = \"guide\"; guide = 0.5;", 0.5},
              {"mode = \"guide\"; guide = 0.0;", 0},
              {"mode = \"guide\"; guide = 0;", 0},
              {"mode = \"final\";", 0}};
  for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
    char text[256];
    struct rig rig;
    snprintf(text, sizeof text, LINEAR "%s });", rows[k].keys);
    ck_assert(check_changed(&rig, &(struct change){POTENTIALS, text}, 1));
    ck_assert_double_eq(rig.pipeline.spec.potentials[0].guide, rows[k].guide);
    rig_close(&rig);
  }
  warns_2(POTENTIALS, LINEAR "mode = \"guide\"; guide = 0.0; });", TARGET, "",
          "run.cfg:6: warning: guide is 0, and mode = \"guide\" does nothing "
          "else: potential 'potentials[0]' has no effect\n");
}
END_TEST

START_TEST(x0hat_has_its_modes_and_its_powers) {
  fails(POTENTIALS,
        "potentials = ({ plugin = \"linear\"; slope = 1.0; mode = \"rate\"; at "
        "= \"x0hat\"; });",
        "run.cfg:6: error: mode = \"rate\" stands at x: at = \"x0hat\" is for "
        "difference, max, sum, current and guides\n");
  fails_2(TARGET,
          "target = ({ score = \"base\"; power = { from = 1.0; to = -1.0; }; "
          "});",
          POTENTIALS,
          "potentials = ({ plugin = \"linear\"; slope = 1.0; at = \"x0hat\"; "
          "});",
          "run.cfg:6: error: at = \"x0hat\" needs powers with a positive sum: "
          "it is 0 at progress 0.5\n    the target is set at run.cfg:5\n");
}
END_TEST

int main(void) {
  const TTest *const tests[] = {
      steps_are_steps_of_the_run_and_stand_alone,
      a_guide_needs_a_mean_to_shift,
      who_needs_a_gradient_says_why,
      an_instance_may_lack_what_its_kind_provides,
      samples_have_their_places,
      the_previous_point_is_there_for_modes_with_looks,
      what_does_less_than_it_seems_to_is_told,
      a_look_at_the_end_has_no_keys_of_the_way,
      mode_guide_guides_by_1_unless_told,
      x0hat_has_its_modes_and_its_powers,
  };
  return RIG_SUITE("pipeline potentials", tests);
}
