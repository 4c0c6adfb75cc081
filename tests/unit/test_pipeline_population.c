/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules of a pipeline about its population: when it is resampled,
 * and what makes it greedy. */
#include "pipeline_fixture.h"

#define COUNT(rows) (int)(sizeof(rows) / sizeof((rows)[0]))

#define LOOKS(KEYS) "resampler = { plugin = \"systematic\"; " KEYS " };"
START_TEST(a_trigger_that_cannot_fire_is_an_error) {
  static const char few[] = "population = { particles = 2; };";
  static const char never[] =
      "run.cfg:9: error: ess_below = 0.5 of 2 particles can never be met: ESS "
      "is at least 1\n    raise it, leave the resampler out to never resample, "
      "or set at_end = true to resample at the end only\n";
  fails_2(POPULATION, few, MORE, LOOKS(""), never);
  warns_2(POPULATION, few, MORE, LOOKS("at_end = true;"), "");
  warns_2(POPULATION, few, MORE, LOOKS("cess_below = 0.5;"), "");
  static const char one[] = "population = { particles = 1; };";
  static const char alone[] =
      "\n    leave the resampler out: one particle is not resampled\n";
  char text[512];
  snprintf(text, sizeof text,
           "run.cfg:9: error: ess_below = 0.5 of 1 particle can never be met: "
           "ESS is at least 1%s",
           alone);
  fails_2(POPULATION, one, MORE, LOOKS(""), text);
  snprintf(text, sizeof text,
           "run.cfg:9: error: cess_below = 0.9 of 1 particle can never be met: "
           "conditional ESS is at least 1%s",
           alone);
  fails_2(POPULATION, one, MORE, LOOKS("cess_below = 0.9;"), text);
  warns_2(POPULATION, one, MORE, LOOKS("ess_below = 1.0;"), "");
  warns_2(POPULATION, one, MORE, LOOKS("at_end = true;"), "");
  warns_2(POPULATION, one, MORE, "", "");
  warns_2(POPULATION, "population = { particles = 3; };", MORE, LOOKS(""), "");
  fails(MORE, LOOKS("every = 1000000;"),
        "run.cfg:9: error: the resampler is never looked at: no step of 8 "
        "lies in its every and window\n");
}
END_TEST

START_TEST(the_looks_of_a_resampler_are_said_once_and_exist) {
  warns_2(MORE, LOOKS("at_steps = [1, 5, 8];"), TARGET, "", "");
  fails(MORE, LOOKS("at_steps = [2]; every = 1;"),
        "run.cfg:9: error: resampler: at_steps names the steps, every and "
        "window choose them: give one or the other\n");
  fails(MORE, LOOKS("ess_below = 0.5; cess_below = 0.5;"),
        "run.cfg:9: error: resampler: give either ess_below or cess_below\n");
  fails(MORE, LOOKS("at_steps = [2, 9];"),
        "run.cfg:9: error: at_steps[1] = 9 is no step of this run: they are "
        "whole numbers from 1 to 8\n");
  fails(MORE, LOOKS("at_steps = [2.5];"),
        "run.cfg:9: error: at_steps[0] = 2.5 is no step of this run: they are "
        "whole numbers from 1 to 8\n");
  fails(MORE, LOOKS("at_steps = [3, 3];"),
        "run.cfg:9: error: at_steps[1] = 3 does not lie above at_steps[0] = "
        "3: steps are given in their order\n");
}
END_TEST

/* Greedy runs: correctness class and no log Z, end to end. */
static void is_greedy(const char *potential, const char *more,
                      const char *reason) {
  const struct change changes[] = {{POTENTIALS, potential}, {MORE, more}};
  struct rig rig;
  ck_assert(check_changed(&rig, changes, 2));
  ck_assert_int_eq(rig.pipeline.spec.correctness, GREEDY);
  ck_assert_str_eq(rig.pipeline.spec.correctness_reason, reason);
  rig_close(&rig);
}

#define JUDGE                                                          \
  "potentials = ({ plugin = \"quadratic\"; center = (1.0, 0.0); at = " \
  "\"x0hat\"; });"
START_TEST(what_is_greedy_says_so) {
  is_greedy(JUDGE, "resampler = { plugin = \"argmax\"; };",
            "resampler 'argmax' copies by rank, not by weight: not a sample of "
            "the target; log Z not estimated");
  is_greedy(JUDGE, "output = { best_of_n = true; };",
            "best_of_n keeps one particle of each replicate: not a sample of "
            "the target; log Z not estimated");
  fails(MORE, "output = { best_of_n = true; };",
        "run.cfg:9: error: output: best_of_n needs a potential that judges the "
        "end state: potentials = ( { plugin; mode = \"final\"; } )\n");
}
END_TEST

START_TEST(children_need_a_move_that_differs_and_a_weight) {
  static const char four[] = "population = { particles = 8; children = 4; };";
  warns_2(POTENTIALS, JUDGE, POPULATION, four, "");
  warns_2(MORE, "path = { weights = \"density\"; };", POPULATION, four, "");
  fails(POPULATION, four,
        "run.cfg:8: error: children = 4 would all weigh the same: nothing "
        "weighs the new state; add a potential that steers, a guide, or path = "
        "{ weights = \"density\"; }\n");
  const struct change still[] = {
      {POTENTIALS, JUDGE},
      {POPULATION, four},
      {INTEGRATORS,
       "integrators = ({ plugin = \"euler_maruyama\"; noise = 0.0; });"}};
  expect(still, 3, false,
         "run.cfg:8: error: children = 4 would be all alike: no integrator has "
         "noise\n");
  const struct change resting[] = {
      {SCHEDULE, "schedule = { plugin = \"static\"; };"},
      {POTENTIALS, JUDGE},
      {POPULATION, four},
      {INTEGRATORS, "integrators = ({ plugin = \"mala\"; });"},
      {MORE, "start = { law = \"gaussian\"; };"}};
  expect(resting, 5, false,
         "run.cfg:8: error: children = 4 needs an integrator that advances: "
         "invariant moves do not change weights, so there is nothing to choose "
         "by\n");
}
END_TEST

#define LADDER "schedule = { plugin = \"static\"; };"
#define MALA "integrators = ({ plugin = \"mala\"; });"
#define LAW "start = { law = \"gaussian\"; };"
#define WARM \
  "target = ({ score = \"base\"; power = { from = 1.0; to = 2.0; }; });"
START_TEST(adaptive_times_are_those_of_a_ladder) {
  static const char adapt[] = "time = { steps = 8; adapt = 0.9; };";
  const struct change good_one[] = {{SCHEDULE, LADDER},
                                    {TIME, adapt},
                                    {TARGET, WARM},
                                    {INTEGRATORS, MALA},
                                    {MORE, LAW}};
  struct rig rig;
  ck_assert(check_changed(&rig, good_one, 5));
  ck_assert_int_eq(rig.pipeline.spec.correctness, ADAPTIVE);
  ck_assert_str_eq(
      rig.pipeline.spec.correctness_reason,
      "the times are chosen from the particles: log Z is consistent, not "
      "exactly unbiased (run again with the times of run.json as time.grid for "
      "that)");
  rig_close(&rig);
  fails(TIME, adapt,
        "run.cfg:3: error: time: adapt chooses the times of an energy ladder: "
        "it needs a schedule at rest (static) and no integrator that "
        "advances\n");
  const struct change constant[] = {
      {SCHEDULE, LADDER}, {TIME, adapt}, {INTEGRATORS, MALA}, {MORE, LAW}};
  expect(constant, 4, false,
         "run.cfg:3: error: time: adapt needs weights of the path, and "
         "something that changes: a power, or the strength of a potential in "
         "mode \"rate\"\n");
  fails(TIME, "time = { grid = [1.0, 0.5]; adapt = 0.9; };",
        "run.cfg:3: error: time: adapt chooses the times that grid gives: "
        "leave one of them out\n");
}
END_TEST

/* All are copies of one at every step, and nothing poses as log Z. */
START_TEST(a_greedy_run_ends_in_one_particle) {
  struct run_result result;
  char text[TEXT];
  const struct change changes[] = {
      {POTENTIALS, JUDGE},
      {POPULATION, "population = { particles = 10; replicates = 3; };"},
      {MORE,
       "resampler = { plugin = \"argmax\"; ess_below = 1.0; at_end = true; "
       "};"}};
  write_config(changes, 3, text);
  rig_result(text, &result);
  ck_assert(isnan(result.log_z) && isnan(result.log_z_stderr));
  for (size_t r = 0; r < 3; r++) {
    ck_assert_double_eq(result.log_z_each[r], 0);
    for (size_t i = 10 * r; i < 10 * r + 10; i++) {
      ck_assert_mem_eq(result.x + 2 * i, result.x + 20 * r, 16);
      ck_assert_uint_eq(result.lineage[i], result.lineage[10 * r]);
    }
  }
  run_result_free(&result);
}
END_TEST

/* {wish, the config's block, rows per block}: of 2000 rows in the plane. */
static const size_t blocks[][3] = {
    {0, 0, 512}, {100, 0, 512}, {700, 0, 700}, {9999, 0, 2000}, {700, 64, 64}};
START_TEST(a_plugin_may_want_larger_blocks) {
  char wish[1024], block[64];
  struct rig rig;
  snprintf(wish, sizeof wish,
           "potentials = ({ plugin = \"%s/potential/memories.so:running_max\"; "
           "rows = %zu; });",
           getenv("KAC_FIXTURES"), blocks[_i][0]);
  snprintf(block, sizeof block, "block = %zu;", blocks[_i][1]);
  const struct change changes[] = {
      {POTENTIALS, wish},
      {POPULATION, "population = { particles = 1000; replicates = 2; };"},
      {MORE, block}};
  ck_assert(check_changed(&rig, changes, 3));
  const struct spec *spec = &rig.pipeline.spec;
  ck_assert_uint_eq(spec->block, blocks[_i][2]);
  ck_assert_uint_eq(spec->potentials[0].instance->plan.scratch_bytes,
                    8 * blocks[_i][2]);
  rig_close(&rig);
}
END_TEST

int main(void) {
  const TTest *const tests[] = {
      a_trigger_that_cannot_fire_is_an_error,
      the_looks_of_a_resampler_are_said_once_and_exist,
      what_is_greedy_says_so,
      a_greedy_run_ends_in_one_particle,
      adaptive_times_are_those_of_a_ladder,
      children_need_a_move_that_differs_and_a_weight,
  };
  const struct rig_loop loops[] = {
      {a_plugin_may_want_larger_blocks, COUNT(blocks)}};
  return rig_suite("pipeline_population", tests, COUNT(tests), loops,
                   COUNT(loops));
}
