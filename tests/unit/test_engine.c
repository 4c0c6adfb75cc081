/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Laws of whole runs that no closed form is needed for: fresh noise, weights
 * that are normalised, centres of mass that stay. */
#include "sampler_fixture.h"
#include "sampler/extent.h"

#define REST                                                    \
  "state = { real = 1; }; schedule = { plugin = \"static\"; };" \
  "scores = ({ id = \"q\"; plugin = \"gaussian\"; });"
#define VP                                                  \
  "state = { real = 1; }; schedule = { plugin = \"vp\"; };" \
  "scores = ({ id = \"q\"; plugin = \"gaussian\"; variance = 0.5; });"
#define EULER "integrators = ({ plugin = \"euler_maruyama\"; });"

/* A Langevin move of tiny step h on a broad law is x += sqrt(2h) xi: two moves
 * give the variance 4h, and 8h if the second one repeats the noise. */
START_TEST(the_first_step_draws_other_noise_than_the_burn_in) {
  struct run_result result;
  rig_result(
      "state = { real = 1; }; schedule = { plugin = \"static\"; };"
      "scores = ({ id = \"q\"; plugin = \"gaussian\"; variance = 1e12; });"
      "time = { steps = 1; };"
      "integrators = ({ plugin = \"langevin\"; step = 0.5; });"
      "start = { law = \"gaussian\"; variance = 0.0; burn_in = 1; };"
      "population = { particles = 4000; };",
      &result);
  double square = 0;
  for (size_t i = 0; i < 4000; i++) square += result.x[i] * result.x[i] / 4000;
  /* 2 +- 6 * 2 sqrt(2 / 4000) */
  ck_assert_double_eq_tol(square, 2, 0.27);
  run_result_free(&result);
}
END_TEST

/* 250 rounds of variance 2h = 1, done in passes of 3, and the move of the step:
 * every round draws noise of its own, and the passes leave none out. */
struct burning {
  size_t n_calls, done;
  volatile sig_atomic_t stop;
  size_t stop_after;
};

static void count_rounds(void *context, size_t done, size_t n_rounds) {
  struct burning *burning = context;
  ck_assert_uint_gt(done, burning->done);
  ck_assert_uint_eq(n_rounds, 250);
  burning->n_calls++;
  burning->done = done;
  if (done >= burning->stop_after) burning->stop = 1;
}

static enum exit_code burn(struct burning *burning, struct run_result *result) {
  struct rig rig;
  struct fault fault = {0};
  struct engine_hooks hooks = {
      .context = burning, .stop = &burning->stop, .on_burn_in = count_rounds};
  rig_open(&rig,
           "state = { real = 1; }; schedule = { plugin = \"static\"; };"
           "scores = ({ id = \"q\"; plugin = \"gaussian\"; variance = 1e12; });"
           "time = { steps = 1; };"
           "integrators = ({ plugin = \"langevin\"; step = 0.5; });"
           "start = { law = \"gaussian\"; variance = 0.0; burn_in = 250; };"
           "population = { particles = 4000; };");
  enum exit_code code = engine_run(&rig.pipeline.spec, &hooks, result, &fault);
  rig_close(&rig);
  return code;
}

START_TEST(a_burn_in_in_passes_does_every_round_once) {
  struct burning burning = {.stop_after = 1000};
  struct run_result result;
  double square = 0;
  ck_assert_int_eq(burn(&burning, &result), EXIT_DONE);
  ck_assert_uint_eq(burning.done, 250);
  ck_assert_uint_eq(burning.n_calls, 84);
  for (size_t i = 0; i < 4000; i++) square += result.x[i] * result.x[i] / 4000;
  /* 251 (1 +- 6 sqrt(2 / 4000)) */
  ck_assert_double_eq_tol(square, 251, 251 * 0.134);
  run_result_free(&result);
}
END_TEST

START_TEST(a_burn_in_can_be_stopped) {
  struct burning burning = {.stop_after = 100};
  struct run_result result;
  ck_assert_int_eq(burn(&burning, &result), EXIT_INTERRUPTED);
  ck_assert_uint_eq(burning.done, 102);
  ck_assert_uint_eq(result.steps_done, 0);
  run_result_free(&result);
}
END_TEST

/* What a move accepts has to bring along all of the field that is kept: over
 * the first step the weight of a power of a Gaussian changes by a + c x^2, the
 * same a and c for every x. */
struct first_step {
  double x[200];
  size_t n_wrong;
};

static bool compare_frames(void *context, const kac_frame *frame,
                           struct fault *fault) {
  struct first_step *first = context;
  const double *x = first->x, *logw = frame->logw;
  (void)fault;
  if (frame->step == 0) {
    for (size_t i = 0; i < 200; i++)
      first->x[i] = frame->x.real[i * frame->x.ld];
    return true;
  }
  double c = (logw[1] - logw[0]) / (x[1] * x[1] - x[0] * x[0]);
  for (size_t i = 0; i < 200; i++) {
    double expected = logw[0] + c * (x[i] * x[i] - x[0] * x[0]);
    if (!(fabs(logw[i] - expected) < 1e-9)) first->n_wrong++;
  }
  return true;
}

START_TEST(moves_keep_the_whole_field_through_a_burn_in) {
  struct first_step first = {.n_wrong = 0};
  struct engine_hooks hooks = {.context = &first, .on_frame = compare_frames};
  struct run_result result;
  struct fault fault = {0};
  struct rig rig;
  rig_open(&rig, VP
           "time = { grid = [1.0, 0.9]; };"
           "target = ({ score = \"q\"; power = 2.0; });"
           "path = { frame = \"noise\"; };"
           "integrators = ({ plugin = \"mala\"; step = 0.5; window = [0, 0]; },"
           "{ plugin = \"euler_maruyama\"; });"
           "start = { burn_in = 7; }; block = 20;"
           "population = { particles = 200; };");
  ck_assert_int_eq(engine_run(&rig.pipeline.spec, &hooks, &result, &fault), 0);
  ck_assert_uint_eq(first.n_wrong, 0);
  run_result_free(&result);
  rig_close(&rig);
}
END_TEST

/* The fixture fails where it is given no x0hat, or a wrong one. */
START_TEST(integrators_get_the_x0hat_that_they_ask_for) {
  char text[1024];
  struct engine_hooks hooks = {.context = NULL};
  struct run_result result;
  struct fault fault = {0};
  struct rig rig;
  snprintf(text, sizeof text,
           "state = { real = 1; }; schedule = { plugin = \"ve\"; };"
           "time = { steps = 5; }; scores = ({ plugin = \"gaussian\"; });"
           "integrators = ({ plugin = \"euler_maruyama\"; }, { plugin = "
           "\"%s/integrator/needs_x0.so\"; }, { plugin = \"mala\"; });"
           "block = 7; population = { particles = 20; };",
           getenv("KAC_FIXTURES"));
  rig_open(&rig, text);
  enum exit_code code = engine_run(&rig.pipeline.spec, &hooks, &result, &fault);
  ck_assert_msg(code == EXIT_DONE, "%s", fault.text);
  run_result_free(&result);
  rig_close(&rig);
}
END_TEST

#define RATE "mode = \"rate\"; "
/* VP has g^2 = 20 at t = 1: eps du stiffness strength = 10 * 0.1 * 3 * 0.5. */
START_TEST(the_stiffness_of_a_quadratic_is_its_own) {
  static const struct {
    const char *keys, *noise;
    double expected;
  } cases[] = {{RATE "strength = 0.5;", "1.0", 1.5},
               {RATE "strength = -0.5;", "1.0", 1.5},
               {RATE "strength = 0.5;", "0.5", 0.375},
               {RATE "strength = 0.5;", "0.0", 0},
               {RATE "strength = { from = 0.0; to = 1.0; };", "1.0", 0},
               {"mode = \"final\";", "1.0", 0}};
  uint64_t n_rewards = 0;
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    char text[1024];
    struct run_result result;
    snprintf(text, sizeof text,
             "%s time = { grid = [1.0, 0.9]; };"
             "potentials = ({ plugin = \"quadratic\"; stiffness = 3.0; %s });"
             "integrators = ({ plugin = \"euler_maruyama\"; noise = %s; });"
             "population = { particles = 8; };",
             VP, cases[k].keys, cases[k].noise);
    rig_result(text, &result);
    ck_assert_double_eq_tol(result.stiff.worst, cases[k].expected, 1e-9);
    /* Of schedule, score and potential; without noise nothing is probed. */
    if (k == 0) n_rewards = result.calls[2];
    if (k == 2 || k == 3) ck_assert_uint_eq(result.calls[2], n_rewards);
    run_result_free(&result);
  }
}
END_TEST

/* Z of N(0,1) squared is 1/(2 sqrt pi): neither way may say 1. */
START_TEST(a_ladder_at_rest_has_the_same_weights_as_rates_and_as_densities) {
  static const char *const weights[] = {"rate", "density"};
  struct run_result result[2];
  for (int k = 0; k < 2; k++) {
    char text[1024];
    snprintf(text, sizeof text,
             "%s time = { steps = 4; };"
             "target = ({ score = \"q\"; power = { from = 1.0; to = 2.0; }; });"
             "path = { weights = \"%s\"; };"
             "integrators = ({ plugin = \"mala\"; step = 0.5; });"
             "start = { law = \"q\"; };"
             "population = { particles = 64; };",
             REST, weights[k]);
    rig_result(text, &result[k]);
  }
  ck_assert_double_lt(result[0].log_z, -0.1);
  ck_assert_double_eq_tol(result[1].log_z, result[0].log_z, 1e-12);
  run_result_free(&result[0]);
  run_result_free(&result[1]);
}
END_TEST

START_TEST(weights_are_normalised_also_after_resampling_at_the_end) {
  struct run_result result;
  rig_result(VP EULER
             "time = { steps = 10; };"
             "potentials = ({ plugin = \"quadratic\"; center = 1.0; });"
             "resampler = { plugin = \"systematic\"; at_end = true; };"
             "population = { particles = 50; replicates = 3; };",
             &result);
  for (size_t r = 0; r < 3; r++) {
    double sum = 0;
    for (size_t i = 0; i < 50; i++) sum += exp(result.logw[r * 50 + i]);
    ck_assert_double_eq_tol(sum, 1, 1e-12);
  }
  run_result_free(&result);
}
END_TEST

/* Nobody moves at t_max: a burn-in there would do nothing. */
START_TEST(a_burn_in_of_moves_that_are_not_active_is_refused) {
  struct rig rig;
  bool is_good =
      rig_check(&rig, REST
                "time = { steps = 4; };"
                "integrators = ({ plugin = \"mala\"; window = [0.5, 1.0]; });"
                "start = { law = \"q\"; burn_in = 10; };"
                "population = { particles = 64; };");
  ck_assert(!is_good || diag_warnings(rig.diag) > 0);
  rig_close(&rig);
}
END_TEST

#define MEAN_FREE                                            \
  "state = { particles = 3; dim = 2; mean_free = true; };"   \
  "schedule = { plugin = \"vp\"; }; time = { steps = 10; };" \
  "scores = ({ id = \"q\"; plugin = \"gaussian\"; });"       \
  "population = { particles = 20; };"

static void is_centred(const struct run_result *result) {
  for (size_t i = 0; i < result->n_particles; i++)
    for (size_t k = 0; k < 2; k++) {
      const double *x = result->x + i * 6 + k;
      ck_assert_double_eq_tol(x[0] + x[2] + x[4], 0, 1e-12);
    }
}

/* These springs pull the centre of mass. */
START_TEST(guides_and_rewards_leave_the_centre_of_mass_at_zero) {
  static const char *const modes[] = {"guide", "rate"};
  for (size_t k = 0; k < 2; k++) {
    char text[1024];
    struct run_result result;
    snprintf(text, sizeof text,
             "%s %s potentials = ({ plugin = \"quadratic\"; center = 1.0; "
             "mode = \"%s\"; });",
             MEAN_FREE, EULER, modes[k]);
    rig_result(text, &result);
    is_centred(&result);
    run_result_free(&result);
  }
}
END_TEST

/* The part of a mean along the centre of mass is projected away: the start's
 * law, and so log Z, is the same. */
START_TEST(a_mean_along_the_centre_of_mass_changes_nothing) {
  struct run_result without, with;
  rig_result(MEAN_FREE EULER "start = { law = \"gaussian\"; };", &without);
  rig_result(MEAN_FREE EULER "start = { law = \"gaussian\"; mean = 2.0; };",
             &with);
  ck_assert_double_eq_tol(with.log_z, without.log_z, 1e-9);
  run_result_free(&without);
  run_result_free(&with);
}
END_TEST

START_TEST(the_extent_is_that_of_the_living_and_does_not_overflow) {
  const double x[8] = {1, -1, 3, 0, 4e200, 0, 1, -2};
  const double logw[4] = {0, -1, -KAC_INF, -2};
  struct extent extent = extent_of(x, logw, 4, 2);
  ck_assert_double_eq_tol(extent.rms, sqrt(16.0 / 6), 1e-12);
  ck_assert_uint_eq(extent.row, 1);
  ck_assert_uint_eq(extent.coordinate, 0);
  extent = extent_of(x, NULL, 4, 2);
  ck_assert_double_eq_tol(extent.rms / 1e200, sqrt(2), 1e-12);
  ck_assert_uint_eq(extent.row, 2);
  ck_assert_double_eq(extent.largest, 4e200);
  extent = extent_of((const double[2]){0, 0}, NULL, 1, 2);
  ck_assert_double_eq(extent.rms, 0);
}
END_TEST

int main(void) {
  const TTest *const tests[] = {
      the_first_step_draws_other_noise_than_the_burn_in,
      a_burn_in_in_passes_does_every_round_once,
      a_burn_in_can_be_stopped,
      moves_keep_the_whole_field_through_a_burn_in,
      integrators_get_the_x0hat_that_they_ask_for,
      the_stiffness_of_a_quadratic_is_its_own,
      the_extent_is_that_of_the_living_and_does_not_overflow,
      a_ladder_at_rest_has_the_same_weights_as_rates_and_as_densities,
      weights_are_normalised_also_after_resampling_at_the_end,
      a_burn_in_of_moves_that_are_not_active_is_refused,
      guides_and_rewards_leave_the_centre_of_mass_at_zero,
      a_mean_along_the_centre_of_mass_changes_nothing,
  };
  return RIG_SUITE("engine", tests);
}
