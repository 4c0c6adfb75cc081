/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A -inf on the way that the end takes back (docs/methods.md section 4): it is
 * told, whether the dead are still there at the end or have been resampled
 * away, and lowers the class of the run; a wall that the end has too is not. */
#include "output/correctness.h"
#include "sampler_fixture.h"

enum { ROWS = 1000 };

/* N(0, 1) throughout: without noise x stays where it is, and x0hat keeps its
 * sign, so that a wall at 0 is met at the end by all who met it before. */
static const char *text_of(const char *ess_below, const char *noise,
                           const char *potentials) {
  static char text[4096];
  snprintf(text, sizeof text,
           "state = { real = 1; }; schedule = { plugin = \"vp\"; };\n"
           "time = { steps = 10; }; scores = ({ id = \"q\"; plugin = "
           "\"gaussian\"; }); population = { particles = %d; };\n"
           "integrators = ({ plugin = \"euler_maruyama\"; noise = %s; });\n"
           "resampler = { plugin = \"systematic\"; ess_below = %s; };\n"
           "potentials = (%s);",
           ROWS, noise, ess_below, potentials);
  return text;
}

#define EARLY "{ id = \"early\"; plugin = \"early_verdict\"; edge = -1.0; "
#define WALL "{ id = \"wall\"; plugin = \"early_verdict\"; stays = true; "
static const struct {
  const char *ess_below, *noise, *potentials;
  bool is_revivable, is_revived;
  const char *reason; /* how it begins */
} cases[] = {
    {"0.5", "1.0", EARLY "at = \"x0hat\"; }", true, true,
     "biased by -inf on the way: potential 'early' (run.cfg:5); for the paths "
     "that never met it: weights are exact"},
    {"1.0", "1.0", EARLY "at = \"x0hat\"; }", true, false,
     "biased by -inf on the way, unless every end from there has it too: "
     "potential 'early' (run.cfg:5); for"},
    {"1.0", "1.0", "{ plugin = \"box\"; lower = -1.0; at = \"x0hat\"; }", true,
     false, "biased by -inf on the way, unless"},
    {"0.5", "1.0", "{ plugin = \"box\"; lower = -1.0; at = \"x0hat\"; }", true,
     true, "biased by -inf on the way: "},
    {"1.0", "1.0", EARLY "at = \"x\"; }", true, false,
     "biased by -inf on the way, unless"},
    {"1.0", "1.0", EARLY "mode = \"current\"; }", true, false,
     "biased by -inf on the way, unless"},
    {"1.0", "1.0", "{ plugin = \"box\"; lower = -1.0; }", true, false,
     "biased by -inf on the way, unless"},
    /* A target that is zero there: who comes back is lost. */
    {"1.0", "1.0",
     "{ id = \"r\"; plugin = \"box\"; lower = -1.0; mode = \"rate\"; }", false,
     false, "biased by -inf on the way: potential 'r' (run.cfg:5); for the"},
    /* One of which only the end is known, when it is. */
    {"0.5", "1.0", EARLY "at = \"x0hat\"; remembers = true; }", false, true,
     "biased by -inf on the way: "},
    {"1.0", "1.0", EARLY "remembers = true; }", false, false,
     "weights are exact for the law of the sampler that runs; for the paths"},
    {"1.0", "1.0", "{ all_of = (" EARLY "remembers = true; }); }", false, false,
     "weights are exact"},
    {"0.5", "1.0", EARLY "at = \"x0hat\"; refuses = true; }", false, true,
     "biased by -inf"},
    {"1.0", "1.0", EARLY "refuses = true; }", false, false, "weights are"},
    /* Nothing of it counts at the end. */
    {"1.0", "0.0", WALL "strength = { from = 1.0; to = 0.0; }; }", true, false,
     "biased by -inf on the way, unless"},
    /* Walls that stand. */
    {"0.5", "0.0", WALL "}", false, false,
     "weights are exact for the law of the sampler that runs; for the paths "
     "that never met -inf"},
    {"1.0", "0.0", WALL "}", false, false, "weights are exact"},
    {"0.5", "0.0", WALL "at = \"x0hat\"; }", false, false, "weights are exact"},
    {"1.0", "0.0", WALL "at = \"x0hat\"; }", false, false, "weights are exact"},
    /* The end that one allows is forbidden by the other. */
    {"0.5", "0.0", EARLY "at_steps = [2]; }, " WALL "at_steps = [10]; }", true,
     false, "biased by -inf on the way, unless"},
};
enum { N_CASES = sizeof cases / sizeof *cases };

START_TEST(what_the_end_takes_back_lowers_the_class) {
  char reason[CORRECTNESS_BYTES];
  struct rig rig;
  struct run_result result;
  struct fault fault = {0};
  rig_open(&rig,
           text_of(cases[_i].ess_below, cases[_i].noise, cases[_i].potentials));
  const struct spec *spec = &rig.pipeline.spec;
  ck_assert_msg(engine_run(spec, NULL, &result, &fault) == EXIT_DONE, "%s",
                fault.text);
  const struct activity *first = &result.activity[0];
  bool is_lowered = strncmp(cases[_i].reason, "biased", 6) == 0;
  ck_assert_uint_gt(result.n_died, 0);
  ck_assert_int_eq(first->n_revivable > 0, cases[_i].is_revivable);
  ck_assert_uint_le(first->n_revivable, first->n_refused);
  ck_assert_int_eq(first->n_revived > 0, cases[_i].is_revived);
  ck_assert_uint_eq(first->n_revived, result.n_revived);
  ck_assert_int_eq(correctness_found(spec, &result),
                   is_lowered ? UNCORRECTED : EXACT);
  correctness_reason(spec, &result, reason);
  ck_assert_msg(
      strncmp(reason, cases[_i].reason, strlen(cases[_i].reason)) == 0, "%s",
      reason);
  run_result_free(&result);
  rig_close(&rig);
}
END_TEST

/* phi of the end is 0, so that Z = 1 whatever the sampler does.  With no noise
 * half of all, who lie below the edge, die at the first look: log Z is log 1/2
 * instead of 0, within .16 (5 standard errors of a binomial of 1000), and what
 * is missing are those who are told. */
START_TEST(what_is_told_is_what_is_missing) {
  struct run_result result;
  rig_result(
      text_of("1.0", "0.0", "{ plugin = \"early_verdict\"; at = \"x0hat\"; }"),
      &result);
  ck_assert_double_eq_tol(result.log_z, log(0.5), 0.16);
  double told = (double)result.activity[0].n_revivable / ROWS;
  ck_assert_double_eq_tol(told, 1 - exp(result.log_z), 1e-6);
  ck_assert_uint_eq(result.activity[0].n_revivable, result.n_died);
  ck_assert_uint_eq(result.activity[0].n_looked, 10 * ROWS);
  run_result_free(&result);
}
END_TEST

/* The question is the host's own: no evaluation of the run's. */
START_TEST(asking_again_costs_the_run_no_evaluation) {
  struct rig rig;
  struct run_result result;
  struct fault fault = {0};
  rig_open(&rig, text_of("1.0", "1.0", EARLY "at = \"x0hat\"; }"));
  const struct spec *spec = &rig.pipeline.spec;
  ck_assert_int_eq(engine_run(spec, NULL, &result, &fault), EXIT_DONE);
  for (size_t i = 0; i < spec->n_instances; i++)
    if (spec->instances[i]->component->kind == KAC_POTENTIAL)
      ck_assert_uint_eq(result.calls[i], 10 * ROWS);
  run_result_free(&result);
  rig_close(&rig);
}
END_TEST

int main(void) {
  const TTest *const tests[] = {
      what_is_told_is_what_is_missing,
      asking_again_costs_the_run_no_evaluation,
  };
  const struct rig_loop loops[] = {
      {what_the_end_takes_back_lowers_the_class, N_CASES},
  };
  return rig_suite("deaths", tests, 2, loops, 1);
}
