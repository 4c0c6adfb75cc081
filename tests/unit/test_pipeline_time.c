/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Grids of times against closed forms, their messages, defaults, the class of
 * correctness, and keys that must not be passed over in silence. */
#include "pipeline_fixture.h"

/* --- build_time.c --------------------------------------------------------- */
START_TEST(times_lie_in_the_schedule_and_fall) {
  fails(TIME, "time = {};",
        "run.cfg:3: error: time needs the key steps (or grid)\n");
  fails(TIME, "time = { steps = 8; t_max = 1.5; };",
        "run.cfg:3: error: time: from t = 1.5 to 0, but schedule 've' is "
        "defined on [0, 1]\n");
  fails(TIME, "time = { steps = 8; t_min = 0.5; t_max = 0.5; };",
        "run.cfg:3: error: time: t_min = 0.5 does not lie below t_max = 0.5\n");
  fails(TIME, "time = { grid = (0.9, 0.4, 0.4, 0.1); };",
        "run.cfg:3: error: time: grid[2] = 0.4 does not lie below grid[1] = "
        "0.4; a run goes from t_max down\n");
  fails(TIME, "time = { steps = 8; grid = (0.9, 0.4, 0.1); };",
        "run.cfg:3: error: time: steps = 8, but grid has 3 times (2 steps)\n");
  fails(SCHEDULE, "schedule = { plugin = \"ve\"; sigma_min = 60.0; };",
        "run.cfg:2: error: schedule 've': sigma_min 60 is not below sigma_max "
        "50\n");
}
END_TEST

START_TEST(a_grid_has_two_times) {
  fails(TIME, "time = { grid = (0.9); };",
        "run.cfg:3: error: time: grid needs at least two times\n");
}
END_TEST

/* Without noise every height is the same, and all times would collapse. */
START_TEST(a_spacing_by_sigma_needs_a_sigma_that_changes) {
  const struct change changes[] = {
      {SCHEDULE, "schedule = { plugin = \"static\"; };"},
      {TIME, "time = { steps = 8; spacing = \"karras\"; };"},
      {INTEGRATORS, "integrators = ({ plugin = \"mala\"; });"},
      {MORE, "start = { law = \"gaussian\"; };"}};
  char text[TEXT];
  struct rig rig;
  write_config(changes, 4, text);
  if (rig_check(&rig, text))
    for (size_t k = 1; k <= 8; k++)
      ck_assert_msg(rig.pipeline.spec.t[k] < rig.pipeline.spec.t[k - 1],
                    "t[%zu] = t[%zu] = %g", k, k - 1, rig.pipeline.spec.t[k]);
  rig_close(&rig);
}
END_TEST

START_TEST(a_spacing_by_sigma_needs_a_sigma) {
  fails_2(SCHEDULE, "schedule = { plugin = \"static\"; };", TIME,
          "time = { steps = 8; spacing = \"log_sigma\"; };",
          "run.cfg:3: error: time: this spacing needs sigma > 0, but sigma(0) "
          "= 0; set t_min above it\n");
  static const char *const far =
      "schedule = { plugin = \"ve\"; t_max = 60.0; };";
  fails_2(SCHEDULE, far, TIME, "time = { steps = 8; spacing = \"log_snr\"; };",
          "run.cfg:2: error: schedule 've': at t = 60: alpha = 1, sigma = "
          "8.67362e+219, f = 0, g^2 = inf; they must be finite and g^2 >= 0\n");
  fails(SCHEDULE, far,
        "run.cfg:2: error: schedule 've': at t = 60: alpha = 1, sigma = "
        "8.67362e+219, f = 0, g^2 = inf; they must be finite and g^2 >= 0\n");
}
END_TEST

/* --- silence -------------------------------------------------------------- */
/* A key that does nothing where it stands is as bad as an unknown one. */
START_TEST(several_models_without_a_target_are_not_passed_over) {
  char text[TEXT];
  struct rig rig;
  const struct change changes[] = {
      {SCORES,
       "scores = ({ id = \"a\"; plugin = \"gaussian\"; },"
       "{ id = \"b\"; plugin = \"gaussian\"; });"},
      {MORE, "start = { law = \"gaussian\"; };"}};
  write_config(changes, 2, text);
  ck_assert_msg(!rig_check(&rig, text), "%zu factors",
                rig.pipeline.spec.n_terms);
  rig_close(&rig);
}
END_TEST

static void is_not_ignored(int section, const char *text) {
  char config[TEXT];
  struct rig rig;
  const struct change change = {section, text};
  write_config(&change, 1, config);
  bool is_good = rig_check(&rig, config);
  ck_assert_msg(!is_good || diag_warnings(rig.diag) > 0, "%s", text);
  rig_close(&rig);
}

START_TEST(keys_without_effect_are_told) {
  static const struct change changes[] = {
      {POTENTIALS,
       "potentials = ({ plugin = \"linear\"; slope = 1.0; mode = \"rate\"; "
       "window = [0.5, 1.0]; });"},
      {POTENTIALS,
       "potentials = ({ plugin = \"linear\"; slope = 1.0; mode = "
       "\"integral\"; every = 5; });"},
      {MORE, "start = { file = ((1.0, 2.0), (0.0, 0.5)); };"},
      {TIME, "time = { grid = (1.0, 0.5, 0.1); t_min = 0.2; };"}};
  is_not_ignored(changes[_i].section, changes[_i].text);
}
END_TEST

/* Windows that meet at a tenth: its progress is rounded up or down. */
START_TEST(windows_that_meet_share_no_grid_time) {
  const struct change changes[] = {
      {TIME, "time = { steps = 10; };"},
      {INTEGRATORS,
       "integrators = ({ plugin = \"euler_maruyama\"; window = [0.0, 0.3]; },"
       "{ plugin = \"heun\"; window = [0.3, 0.7]; },"
       "{ plugin = \"exponential\"; window = [0.7, 1.0]; },"
       "{ plugin = \"langevin\"; window = [0.6, 0.6]; });"}};
  struct rig rig;
  ck_assert_msg(check_changed(&rig, changes, 2), "%s", diag_text(rig.diag));
  const struct spec *spec = &rig.pipeline.spec;
  for (size_t k = 0; k <= 10; k++) {
    size_t of[] = {k < 3, k >= 3 && k < 7, k >= 7, k == 6};
    for (size_t i = 0; i < 4; i++)
      ck_assert_uint_eq(
          run_is_active(&spec->integrators[i], path_progress(spec, spec->t[k])),
          of[i]);
  }
  rig_close(&rig);
}
END_TEST

/* --- grids of times ------------------------------------------------------- */
typedef double grid_fn(double s, double t_max, double t_min);

/* ve: sigma = 0.01 5000^t. */
static double ve_t(double sigma) {
  return log(sigma / 0.01) / log(5000);
}
static double ve_sigma(double t) {
  return 0.01 * pow(5000, t);
}

static double uniform(double s, double t_max, double t_min) {
  return t_max + (t_min - t_max) * s;
}
static double karras(double s, double t_max, double t_min) {
  double high = pow(ve_sigma(t_max), 1 / 7.0);
  double low = pow(ve_sigma(t_min), 1 / 7.0);
  return ve_t(pow(high + (low - high) * s, 7));
}
/* edm: sigma = t, alpha = 1. */
static double geometric(double s, double t_max, double t_min) {
  return t_max * pow(t_min / t_max, s);
}
/* vp of constant rate 2: alpha = exp(-t), (sigma/alpha)^2 = e^2t - 1. */
static double vp_snr(double s, double t_max, double t_min) {
  double high = 0.5 * log(expm1(2 * t_max)), low = 0.5 * log(expm1(2 * t_min));
  return 0.5 * log1p(exp(2 * (high + (low - high) * s)));
}

#define EDM "schedule = { plugin = \"edm\"; };"
#define VP2 "schedule = { plugin = \"vp\"; beta_min = 2.0; beta_max = 2.0; };"
static const struct {
  const char *schedule, *spacing;
  grid_fn *grid;
  double t_max, t_min;
} grids[] = {
    {"schedule = { plugin = \"ve\"; };", "uniform", uniform, 1, 0},
    {"schedule = { plugin = \"ve\"; };", "log_sigma", uniform, 1, 0},
    {"schedule = { plugin = \"ve\"; };", "karras", karras, 1, 0},
    {EDM, "log_sigma", geometric, 80, 0.002},
    {EDM, "log_snr", geometric, 80, 0.002},
    {VP2, "log_snr", vp_snr, 1, 1e-3},
};

START_TEST(times_follow_their_closed_forms) {
  char text[TEXT], time[256];
  struct rig rig;
  snprintf(time, sizeof time, "time = { steps = 37; spacing = \"%s\"; };",
           grids[_i].spacing);
  const struct change changes[] = {{SCHEDULE, grids[_i].schedule},
                                   {TIME, time}};
  write_config(changes, 2, text);
  ck_assert_msg(rig_check(&rig, text), "%s", diag_text(rig.diag));
  const double *t = rig.pipeline.spec.t;
  ck_assert_uint_eq(rig.pipeline.spec.n_steps, 37);
  ck_assert(rig_same(t[0], grids[_i].t_max));
  ck_assert(rig_same(t[37], grids[_i].t_min));
  for (size_t k = 1; k < 37; k++) {
    double exact =
        grids[_i].grid((double)k / 37, grids[_i].t_max, grids[_i].t_min);
    ck_assert_double_eq_tol(t[k], exact, 1e-12 * (1 + fabs(exact)));
    ck_assert(t[k] < t[k - 1]);
  }
  rig_close(&rig);
}
END_TEST

START_TEST(a_given_grid_is_taken_as_it_is) {
  char text[TEXT];
  struct rig rig;
  const struct change change = {TIME, "time = { grid = (0.9, 0.4, 0.1); };"};
  write_config(&change, 1, text);
  ck_assert(rig_check(&rig, text));
  const double given[] = {0.9, 0.4, 0.1};
  ck_assert_uint_eq(rig.pipeline.spec.n_steps, 2);
  ck_assert_mem_eq(rig.pipeline.spec.t, given, sizeof given);
  rig_close(&rig);
}
END_TEST

/* --- defaults ------------------------------------------------------------- */
START_TEST(defaults_are_those_of_the_documentation) {
  char text[TEXT];
  struct rig rig;
  const struct change changes[] = {
      {POTENTIALS, "potentials = ({ plugin = \"linear\"; slope = 1.0; });"},
      {MORE, "resampler = { plugin = \"systematic\"; };"}};
  write_config(changes, 2, text);
  ck_assert(rig_check(&rig, text));
  const struct spec *spec = &rig.pipeline.spec;
  const struct spec_potential *p = &spec->potentials[0];
  ck_assert_uint_eq(spec->seed, 1);
  ck_assert_uint_eq(spec->n_replicates, 1);
  ck_assert_uint_eq(spec->block, 10); /* all rows: fewer than 256 */
  ck_assert_uint_eq(spec->n_terms, 1);
  ck_assert_int_eq(spec->weights, WEIGHTS_RATE);
  ck_assert_int_eq(spec->frame, FRAME_MATCHED);
  ck_assert(rig_same(spec->sigma_data, 1));
  ck_assert_int_eq(spec->start.law, START_PRIOR);
  ck_assert_double_eq_tol(spec->start.variance, 2500, 1e-9);
  ck_assert_int_eq(p->mode, MODE_DIFFERENCE);
  ck_assert(!p->at_x0hat && p->jacobian_exact && p->every == 1);
  ck_assert(rig_same(p->guide, 0) && rig_same(p->from, 0));
  ck_assert(rig_same(p->to, 1) && rig_same(ramp_at(&p->strength, 0.3), 1));
  ck_assert(rig_same(spec->resampler.ess_below, 0.5));
  ck_assert(spec->resampler.every == 1 && !spec->resampler.at_end);
  ck_assert(rig_same(ramp_at(&spec->integrators[0].noise, 0.5), 1));
  ck_assert_int_eq(spec->integrators[0].repeat, 1);
  ck_assert_uint_eq(spec->n_observers, 1); /* trace */
  ck_assert_str_eq(spec->observers[0]->component->name, "trace");
  ck_assert(rig.pipeline.output.trace && rig.pipeline.output.samples);
  ck_assert(!spec->keeps_logp);
  rig_close(&rig);
}
END_TEST

START_TEST(a_prior_start_is_as_wide_as_the_powers_allow) {
  char text[TEXT];
  struct rig rig;
  const struct change changes[] = {
      {TARGET,
       "target = ({ score = \"base\"; power = { from = 4.0; to = 1.0; }; });"},
      {MORE,
       "observers = ({ plugin = \"moments\"; });"
       "output = { trace = false; };"}};
  write_config(changes, 2, text);
  ck_assert_msg(rig_check(&rig, text), "%s", diag_text(rig.diag));
  ck_assert_double_eq_tol(rig.pipeline.spec.start.variance, 625, 1e-9);
  ck_assert_uint_eq(rig.pipeline.spec.n_observers, 1);
  rig_close(&rig);
}
END_TEST

START_TEST(guides_of_their_own_have_strength_one) {
  char text[TEXT];
  struct rig rig;
  const struct change change = {
      POTENTIALS,
      "potentials = ({ plugin = \"linear\"; slope = 1.0; mode = \"guide\"; "
      "});"};
  write_config(&change, 1, text);
  ck_assert(rig_check(&rig, text));
  ck_assert(rig_same(rig.pipeline.spec.potentials[0].guide, 1));
  rig_close(&rig);
}
END_TEST

/* How right the answer is, and why. */
static const struct {
  struct change change;
  enum correctness correctness;
} classes[] = {
    {{MORE, ""}, EXACT},
    {{TARGET, "target = ({ score = \"base\"; power = 2.0; });"}, DISCRETISED},
    {{MORE,
      "target = ({ score = \"base\"; power = 2.0; });"
      "path = { weights = \"density\"; };"},
     EXACT},
    {{MORE,
      "target = ({ score = \"base\"; power = 2.0; });"
      "path = { weights = \"off\"; };"},
     UNCORRECTED},
    {{INTEGRATORS,
      "integrators = ({ plugin = \"euler_maruyama\"; },"
      "{ plugin = \"langevin\"; });"},
     DISCRETISED},
    {{POTENTIALS,
      "potentials = ({ plugin = \"linear\"; slope = 1.0; mode = \"rate\"; });"},
     DISCRETISED},
    {{POTENTIALS,
      "potentials = ({ plugin = \"linear\"; slope = 1.0; mode = \"integral\"; "
      "});"},
     DISCRETISED},
    {{MORE, "start = { law = \"file\"; file = ((1.0, 2.0), (0.0, 0.5)); };"},
     DISCRETISED},
    {{MORE,
      "start = { law = \"file\"; file = ((1.0, 2.0), (0.0, 0.5)); };"
      "path = { weights = \"density\"; };"},
     DISCRETISED},
    {{MORE,
      "start = { law = \"file\"; file = ((1.0, 2.0), (0.0, 0.5)); logp = "
      "(-1.0, -2.0); };"
      "path = { weights = \"density\"; };"},
     EXACT},
};

START_TEST(the_class_of_correctness_is_told) {
  char text[TEXT];
  struct rig rig;
  write_config(&classes[_i].change, 1, text);
  ck_assert_msg(rig_check(&rig, text), "%s", diag_text(rig.diag));
  ck_assert_int_eq(rig.pipeline.spec.correctness, classes[_i].correctness);
  ck_assert_ptr_nonnull(rig.pipeline.spec.correctness_reason);
  rig_close(&rig);
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

int main(void) {
  const TTest *const tests[] = {
      times_lie_in_the_schedule_and_fall,
      a_grid_has_two_times,
      a_spacing_by_sigma_needs_a_sigma_that_changes,
      a_spacing_by_sigma_needs_a_sigma,
      several_models_without_a_target_are_not_passed_over,
      a_given_grid_is_taken_as_it_is,
      defaults_are_those_of_the_documentation,
      a_prior_start_is_as_wide_as_the_powers_allow,
      guides_of_their_own_have_strength_one,
      windows_that_meet_share_no_grid_time,
  };
  const struct rig_loop loops[] = {
      {keys_without_effect_are_told, 4},
      {times_follow_their_closed_forms, COUNT(grids)},
      {the_class_of_correctness_is_told, COUNT(classes)},
  };
  return rig_suite("pipeline time", tests, COUNT(tests), loops, COUNT(loops));
}
