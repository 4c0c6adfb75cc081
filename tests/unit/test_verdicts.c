/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Particles of weight zero: verdicts that stand in every mode, who is charged
 * with them, and what a run says of them. */
#include "sampler_fixture.h"

#define VP                                                  \
  "state = { real = 1; }; schedule = { plugin = \"vp\"; };" \
  "scores = ({ id = \"q\"; plugin = \"gaussian\"; variance = 0.5; });"
#define EULER "integrators = ({ plugin = \"euler_maruyama\"; });"

/* A particle that has left the target's support is dead, not an error. */
START_TEST(a_dead_particle_stays_dead_under_density_weights) {
  struct run_result result;
  struct fault fault = {0};
  enum exit_code code = rig_run(
      VP EULER
      "time = { steps = 20; }; path = { weights = \"density\"; };"
      "potentials = ({ plugin = \"box\"; lower = -1.0; mode = \"rate\"; });"
      "population = { particles = 200; };",
      &result, &fault);
  ck_assert_msg(code == EXIT_DONE, "%s", fault.text);
  size_t n_dead = 0;
  for (size_t i = 0; i < 200; i++) {
    ck_assert(result.x[i] >= -1 || result.logw[i] == -KAC_INF);
    n_dead += result.logw[i] == -KAC_INF;
  }
  ck_assert_uint_gt(n_dead, 0);
  ck_assert_uint_eq(result.activity[0].n_refused, n_dead);
  run_result_free(&result);
}
END_TEST

/* Each particle is charged to the one that refused it first. */
START_TEST(an_extinct_run_names_who_refused) {
  struct run_result result;
  struct fault fault = {0};
  enum exit_code code =
      rig_run(VP EULER
              "time = { steps = 20; };"
              "potentials = (\n"
              "{ id = \"low\"; plugin = \"box\"; lower = 0.0; },\n"
              "{ id = \"high\"; plugin = \"box\"; upper = 0.0; },\n"
              "{ id = \"late\"; plugin = \"box\"; lower = 1e9; });"
              "population = { particles = 200; };",
              &result, &fault);
  uint64_t low = result.activity[0].n_refused;
  uint64_t high = result.activity[1].n_refused;
  char text[128];
  snprintf(text, sizeof text,
           "; refused by potential 'low' (%llu particles), 'high' (%llu "
           "particles); log Z",
           (unsigned long long)low, (unsigned long long)high);
  ck_assert_int_eq(code, EXIT_NUMERIC);
  ck_assert_uint_gt(low, 50);
  ck_assert_uint_eq(low + high, 200);
  ck_assert_uint_eq(result.activity[2].n_refused, 0);
  ck_assert_ptr_nonnull(strstr(fault.text, text));
  /* in front: the place of the one that refused most */
  snprintf(text, sizeof text, "run.cfg:%d: error: extinct at step ",
           low > high ? 2 : 3);
  ck_assert_msg(strncmp(fault.text, text, strlen(text)) == 0, "%s", fault.text);
  ck_assert(!isfinite(result.log_z) && !isfinite(result.log_z_stderr));
  run_result_free(&result);
}
END_TEST

/* Nobody takes a step. */
START_TEST(a_run_may_be_extinct_at_the_start) {
  struct run_result result;
  struct fault fault = {0};
  enum exit_code code =
      rig_run(VP EULER
              "time = { steps = 20; };"
              "potentials = ({ id = \"wall\"; plugin = \"box\"; lower = 1e9; "
              "mode = \"rate\"; });"
              "population = { particles = 30; replicates = 2; };",
              &result, &fault);
  ck_assert_int_eq(code, EXIT_NUMERIC);
  ck_assert_uint_eq(result.steps_done, 0);
  ck_assert_ptr_nonnull(
      strstr(fault.text,
             "extinct at the start (t = 1): every particle of every replicate "
             "has weight zero; refused by potential 'wall' (60 particles); "));
  run_result_free(&result);
}
END_TEST

/* Of 50 populations of 2 on a half line a quarter dies: an ESS of 0. */
START_TEST(the_lowest_ess_is_that_of_the_living) {
  struct run_result result;
  rig_result(VP EULER
             "time = { steps = 20; };"
             "potentials = ({ plugin = \"box\"; lower = 0.0; mode = "
             "\"final\"; });"
             "population = { particles = 2; replicates = 50; };",
             &result);
  ck_assert_uint_gt(result.n_extinct, 0);
  ck_assert_double_eq(result.lowest_ess, 1);
  run_result_free(&result);
}
END_TEST

/* The target is zero outside of hard walls, whatever the mode. */
START_TEST(a_verdict_counts_in_every_mode) {
  static const char *const modes[] = {"rate",    "difference", "max",     "sum",
                                      "current", "final",      "integral"};
  for (size_t k = 0; k < 7; k++) {
    char text[1024];
    struct run_result result;
    snprintf(text, sizeof text,
             "%s %s time = { steps = 20; };"
             "potentials = ({ plugin = \"box\"; lower = -0.5; "
             "mode = \"%s\"; });"
             "population = { particles = 200; };",
             VP, EULER, modes[k]);
    struct fault fault = {0};
    enum exit_code code = rig_run(text, &result, &fault);
    ck_assert_msg(code == EXIT_DONE, "%s: %s", modes[k], fault.text);
    size_t n_outside = 0, n_dead = 0;
    for (size_t i = 0; i < 200; i++) {
      n_outside += result.x[i] < -0.5 && result.logw[i] > -KAC_INF;
      n_dead += result.logw[i] == -KAC_INF;
    }
    ck_assert_uint_gt(n_dead, 0);
    ck_assert_uint_eq(result.activity[0].n_refused, n_dead);
    /* An integral's verdict falls on the path before the last point. */
    ck_assert_msg(k == 6 || n_outside == 0, "%s: %zu outside", modes[k],
                  n_outside);
    run_result_free(&result);
  }
}
END_TEST

/* Who meets a wall on the way is counted, who meets it at the end is not. */
START_TEST(deaths_on_the_way_are_counted) {
  static const char *const modes[] = {"difference", "final"};
  for (size_t k = 0; k < 2; k++) {
    char text[1024];
    struct run_result result;
    snprintf(text, sizeof text,
             "%s %s time = { steps = 20; };"
             "potentials = ({ plugin = \"box\"; lower = -0.5; "
             "mode = \"%s\"; });"
             "population = { particles = 200; };",
             VP, EULER, modes[k]);
    rig_result(text, &result);
    ck_assert_int_eq(result.n_died > 0, k == 0);
    run_result_free(&result);
  }
}
END_TEST

/* h goes from -inf to -inf: no difference, and no life. */
START_TEST(a_falling_strength_revives_nobody) {
  struct run_result result;
  struct fault fault = {0};
  enum exit_code code =
      rig_run(VP EULER
              "time = { steps = 20; };"
              "potentials = ({ plugin = \"box\"; lower = -0.5; mode = \"rate\";"
              "strength = { from = 2.0; to = 1.0; }; });"
              "population = { particles = 200; };",
              &result, &fault);
  ck_assert_msg(code == EXIT_DONE, "%s", fault.text);
  for (size_t i = 0; i < 200; i++)
    ck_assert(result.x[i] >= -0.5 || result.logw[i] == -KAC_INF);
  run_result_free(&result);
}
END_TEST

int main(void) {
  const TTest *const tests[] = {
      a_dead_particle_stays_dead_under_density_weights,
      an_extinct_run_names_who_refused,
      a_run_may_be_extinct_at_the_start,
      the_lowest_ess_is_that_of_the_living,
      a_verdict_counts_in_every_mode,
      deaths_on_the_way_are_counted,
      a_falling_strength_revives_nobody,
  };
  return RIG_SUITE("verdicts", tests);
}
