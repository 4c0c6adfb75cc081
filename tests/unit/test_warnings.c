/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Warnings that are judged on Gaussian data, where the answers are known: what
 * a step of Euler-Maruyama multiplies x by, and weights of densities, which are
 * constant if the kernel is the reverse of its reverse. */
#include "pipeline_fixture.h"

#define EDM \
  "schedule = { plugin = \"edm\"; sigma_min = 0.1; sigma_max = 4.0; };"
#define DENSITY "path = { weights = \"density\"; };"

/* The messages of the good config with n changes. */
static void told(const struct change *changes, size_t n, char *text) {
  struct rig rig;
  ck_assert_msg(check_changed(&rig, changes, n), "%s", diag_text(rig.diag));
  snprintf(text, TEXT, "%s", diag_text(rig.diag));
  rig_close(&rig);
}

/* One step of edm from s0 down to s1 on data of variance 1, at power 2 in the
 * noise frame: S = -2 x/(1 + s0^2), b = s0 P, eps = s0. */
START_TEST(a_step_is_as_long_as_euler_maruyama_makes_it) {
  static const double from[] = {0.9, 1.0, 3.0}, to[] = {0.4, 0.2, 1.0};
  for (size_t k = 0; k < 3; k++) {
    char text[TEXT], time[128], expected[64];
    double length =
        (from[k] - to[k]) * 2 * from[k] * 2 / (1 + from[k] * from[k]);
    snprintf(time, sizeof time, "time = { grid = (%g, %g); };", from[k], to[k]);
    const struct change changes[] = {
        {SCHEDULE, EDM},
        {TIME, time},
        {TARGET, "target = ({ score = \"base\"; power = 2.0; });"},
        {MORE, "path = { frame = \"noise\"; };"}};
    told(changes, 4, text);
    snprintf(expected, sizeof expected, "from t = %g to %g is %.3g times",
             from[k], to[k], length);
    if (length > 1)
      ck_assert_msg(strstr(text, expected) != NULL, "%s: %s", expected, text);
    else
      ck_assert_str_eq(text, "");
  }
}
END_TEST

/* However few the steps: nothing is lost by the exact reverse kernel, a part
 * for each dimension by one that is too wide, and all by one too narrow.
 * By hand, from 2.05 to 0.1: F = 1.639, and 1.639^-64 = 1.8e-14. */
START_TEST(weights_of_exact_reverse_kernels_are_not_warned_of) {
  static const struct {
    const char *variance;
    int d;
    const char *what;
  } kernels[] = {{"1.0", 64, NULL},
                 {"0.05", 8, "infinite variance"},
                 {"60.0", 8, NULL},
                 {"60.0", 64, "an ESS of 2e-14"}};
  for (size_t k = 0; k < sizeof kernels / sizeof *kernels; k++) {
    char text[TEXT], moves[256], state[64];
    const char *what = kernels[k].what;
    snprintf(state, sizeof state, "state = { real = %d; };", kernels[k].d);
    snprintf(moves, sizeof moves,
             "integrators = ({ plugin = \"ancestral\"; variance = \"exact\"; "
             "data_variance = %s; });",
             kernels[k].variance);
    const struct change changes[] = {{STATE, state},
                                     {SCHEDULE, EDM},
                                     {TIME, "time = { steps = 2; };"},
                                     {INTEGRATORS, moves},
                                     {MORE, DENSITY}};
    told(changes, 5, text);
    if (what)
      ck_assert_msg(strstr(text, what) != NULL, "%s in %s", what, text);
    else
      ck_assert_str_eq(text, "");
  }
}
END_TEST

START_TEST(weights_of_infinite_variance_are_warned_of) {
  char text[TEXT];
  const struct change changes[] = {
      {SCHEDULE, EDM},
      {TIME, "time = { grid = (4.0, 2.0, 1.0); };"},
      {INTEGRATORS, "integrators = ({ plugin = \"ancestral\"; });"},
      {TARGET, "target = ({ score = \"base\"; power = 3.0; });"},
      {MORE, DENSITY}};
  told(changes, 5, text);
  ck_assert_msg(strstr(text,
                       "have infinite variance for Gaussian data of the "
                       "models' width: its kernel has variance 3, the "
                       "reversed one 12;") != NULL,
                "%s", text);
}
END_TEST

START_TEST(powers_without_an_integral_are_warned_of) {
  static const struct {
    double variance;
    bool is_warned;
  } wide[] = {{1, true}, {0.25, true}, {4, false}};
  for (size_t k = 0; k < 3; k++) {
    char text[TEXT], scores[256];
    snprintf(scores, sizeof scores,
             "scores = ({ id = \"base\"; plugin = \"gaussian\"; }, { id = "
             "\"b\"; plugin = \"gaussian\"; variance = %g; });",
             wide[k].variance);
    const struct change changes[] = {
        {SCORES, scores},
        {TIME, "time = { steps = 200; };"},
        {TARGET,
         "target = ({ score = \"base\"; }, { score = \"b\"; power = { from = "
         "0.0; to = -1.0; }; });"}};
    told(changes, 3, text);
    ck_assert_msg((strstr(text, "the powers sum to 0 at t = 0: ") != NULL) ==
                      wide[k].is_warned,
                  "%s", text);
  }
}
END_TEST

int main(void) {
  const TTest *const tests[] = {
      a_step_is_as_long_as_euler_maruyama_makes_it,
      weights_of_exact_reverse_kernels_are_not_warned_of,
      weights_of_infinite_variance_are_warned_of,
      powers_without_an_integral_are_warned_of,
  };
  return RIG_SUITE("warnings", tests);
}
