/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Combinations of potentials: values against the formulas as they stand,
 * gradients against differences of the values, and what is refused. */
#include "sampler/combine.h"

#include "pipeline_fixture.h"

enum { ROWS = 24, DIM = 2 };

#define LINE "{ plugin = \"linear\"; slope = (1.0, -0.5); "
#define BOWL "{ plugin = \"quadratic\"; center = (0.3, 0.1); stiffness = 2.0; "
#define WALL "{ plugin = \"box\"; lower = (-0.5, -9.0); "

static struct rig rig;
static double x[ROWS * DIM];

static void open_with(const char *potential) {
  char text[4096];
  snprintf(text, sizeof text,
           "state = { real = 2; }; schedule = { plugin = \"ve\"; };"
           "time = { steps = 4; }; scores = ({ plugin = \"gaussian\"; });"
           "potentials = (%s); population = { particles = %d; };"
           "integrators = ({ plugin = \"euler_maruyama\"; });",
           potential, ROWS);
  rig_open(&rig, text);
  uint64_t seed = 5;
  for (size_t i = 0; i < ROWS * DIM; i++) x[i] = rig_between(&seed, -1.5, 1.5);
}

static bool ask(const double *at, double *phi, double *dphi, double *dphi_dt) {
  struct site site = rig_site(&rig, 0, ROWS);
  kac_potential_io io = {.struct_size = sizeof io,
                         .want = (phi ? KAC_Q_PHI : 0) |
                                 (dphi ? KAC_Q_DPHI : 0) |
                                 (dphi_dt ? KAC_Q_DPHI_DT : 0),
                         .t = 0.5,
                         .x = {at, DIM, NULL, 0},
                         .phi = phi,
                         .dphi = dphi,
                         .ld = DIM,
                         .dphi_dt = dphi_dt};
  return call_potential(&site, rig.pipeline.spec.potentials[0].instance, &io);
}

static double line(const double *at) {
  return at[0] - 0.5 * at[1];
}
static double bowl(const double *at) {
  double a = at[0] - 0.3, b = at[1] - 0.1;
  return -a * a - b * b;
}

typedef double formula(const double *);
static double any_of(const double *at) {
  return log(0.25 * exp(line(at)) + exp(bowl(at)) + 3 * exp(-700.0));
}
static double all_of(const double *at) {
  return 0.25 * line(at) + bowl(at);
}
static double not_of(const double *at) {
  return log(-expm1(bowl(at)));
}
static double nested(const double *at) {
  return log(1 - (0.25 * exp(bowl(at)) + 0.5 * exp(2 * bowl(at))));
}
static double wall(const double *at) {
  return at[0] < -0.5 ? -HUGE_VAL : 0;
}
static double not_wall(const double *at) {
  return at[0] < -0.5 ? 0 : -HUGE_VAL;
}
static double any_wall(const double *at) {
  return at[0] < -0.5 ? line(at) : log(1 + exp(line(at)));
}

static const struct {
  const char *text;
  formula *value;
} cases[] = {
    {"{ any_of = (" LINE "weight = 0.25; }, " BOWL
     "}, { plugin = \"potential_constant\"; value = -700.0; weight = 3.0; }); "
     "}",
     any_of},
    {"{ all_of = (" LINE "weight = 0.25; }, " BOWL "}); }", all_of},
    {"{ not = " BOWL "}; }", not_of},
    {"{ not = { any_of = (" BOWL "weight = 0.25; }, { weight = 0.5; all_of = "
     "(" BOWL "weight = 2.0; }); }); }; }",
     nested},
    {"{ not = { not = " BOWL "}; }; }", bowl},
    {"{ any_of = (" LINE "}); }", line},
    {WALL "}", wall},
    {"{ not = " WALL "}; }", not_wall},
    {"{ any_of = (" WALL "}, " LINE "}); }", any_wall},
};
enum { N_CASES = sizeof cases / sizeof *cases };

START_TEST(values_are_those_of_the_formulas) {
  double phi[ROWS];
  open_with(cases[_i].text);
  ck_assert_msg(ask(x, phi, NULL, NULL), "%s", rig.worker.fault.text);
  for (size_t i = 0; i < ROWS; i++) {
    double expected = cases[_i].value(x + i * DIM);
    if (isfinite(expected))
      ck_assert_double_eq_tol(phi[i], expected, 1e-13 * (1 + fabs(expected)));
    else
      ck_assert(rig_same(phi[i], expected));
  }
  rig_close(&rig);
}
END_TEST

/* Asked for alone, as a guide does; verdicts have gradient 0. */
START_TEST(gradients_are_those_of_the_values) {
  double dphi[ROWS * DIM], high[ROWS], low[ROWS], moved[ROWS * DIM];
  const double h = 1e-5;
  open_with(cases[_i].text);
  ck_assert(ask(x, NULL, dphi, NULL));
  for (size_t j = 0; j < DIM; j++) {
    memcpy(moved, x, sizeof x);
    for (size_t i = 0; i < ROWS; i++) moved[i * DIM + j] += h;
    ck_assert(ask(moved, high, NULL, NULL));
    for (size_t i = 0; i < ROWS; i++) moved[i * DIM + j] -= 2 * h;
    ck_assert(ask(moved, low, NULL, NULL));
    for (size_t i = 0; i < ROWS; i++) {
      double slope = isfinite(high[i]) && isfinite(low[i])
                         ? (high[i] - low[i]) / (2 * h)
                         : 0;
      ck_assert_double_eq_tol(dphi[i * DIM + j], slope,
                              2e-6 * (1 + fabs(slope)));
    }
  }
  rig_close(&rig);
}
END_TEST

/* A combination of one is that one, bit for bit. */
START_TEST(one_part_alone_is_that_part) {
  static const char *const one[] = {BOWL "}", "{ any_of = (" BOWL "}); }",
                                    "{ all_of = (" BOWL "}); }"};
  double phi[3][ROWS], dphi[3][ROWS * DIM];
  for (size_t k = 0; k < 3; k++) {
    open_with(one[k]);
    ck_assert(ask(x, phi[k], dphi[k], NULL));
    rig_close(&rig);
    ck_assert(memcmp(phi[k], phi[0], sizeof phi[0]) == 0);
    for (size_t i = 0; i < ROWS * DIM; i++)
      ck_assert(fabs(dphi[k][i] - dphi[0][i]) <= 0);
  }
}
END_TEST

/* log(1 - e^phi) of a phi next to 0 is log(-phi) to first order. */
START_TEST(not_keeps_its_digits_next_to_zero) {
  double phi[ROWS], point[ROWS * DIM];
  open_with("{ not = " BOWL "}; }");
  for (size_t i = 0; i < ROWS; i++) {
    double off = pow(10, -(double)i / 3);
    point[i * DIM] = 0.3 + off;
    point[i * DIM + 1] = 0.1;
  }
  ck_assert(ask(point, phi, NULL, NULL));
  for (size_t i = 0; i < ROWS; i++) {
    double at = point[i * DIM] - 0.3;
    ck_assert_double_eq_tol(phi[i], log(-expm1(-at * at)), 1e-13);
  }
  rig_close(&rig);
}
END_TEST

START_TEST(not_of_a_positive_number_names_the_particle) {
  double phi[ROWS];
  open_with("{ id = \"far\"; not = " LINE "id = \"slope\"; }; }");
  for (size_t i = 0; i < ROWS; i++) x[i * DIM] = i == 17 ? 5 : -5;
  ck_assert(!ask(x, phi, NULL, NULL));
  ck_assert_int_eq(rig.worker.fault.code, EXIT_NUMERIC);
  ck_assert_msg(
      strstr(rig.worker.fault.text,
             "error: far 'not' (built in 1.0): 'slope' has to be shifted down: "
             "not, log(1 - exp phi), needs phi <= 0, and it gives phi = ") &&
          strstr(rig.worker.fault.text, " at step 1, replicate 0, particle 17"),
      "%s", rig.worker.fault.text);
  rig_close(&rig);
}
END_TEST

/* A part's own failure is told, not that of the whole. */
START_TEST(the_part_that_fails_is_named) {
  double phi[ROWS];
  open_with("{ any_of = (" LINE
            "}, { plugin = \"inf_potential\"; row = 3; }); }");
  ck_assert(!ask(x, phi, NULL, NULL));
  ck_assert_msg(strstr(rig.worker.fault.text,
                       "error: potentials[0].any_of[1] 'inf_potential'") &&
                    strstr(rig.worker.fault.text, "phi is +inf"),
                "%s", rig.worker.fault.text);
  rig_close(&rig);
}
END_TEST

/* Any part that knows its derivative in time makes the whole know it. */
START_TEST(derivatives_in_time_are_combined) {
  double dt[ROWS];
  open_with("{ any_of = ({ plugin = \"potential_constant\"; }, " LINE "}); }");
  const struct spec *spec = &rig.pipeline.spec;
  uint64_t provides = spec->potentials[0].instance->component->provides;
  ck_assert(provides == (KAC_Q_PHI | KAC_Q_DPHI | KAC_Q_DPHI_DT));
  ck_assert(ask(x, NULL, NULL, dt));
  for (size_t i = 0; i < ROWS; i++) ck_assert(rig_same(dt[i], 0));
  rig_close(&rig);
}
END_TEST

/* --- the config ----------------------------------------------------------- */
START_TEST(a_potential_has_one_form) {
  fails(POTENTIALS,
        "potentials = ({ plugin = \"linear\"; slope = 1.0; any_of = ("
        "{ plugin = \"linear\"; slope = 1.0; }); });",
        "run.cfg:6: error: a potential is one of plugin, any_of, all_of and "
        "not: this one has both any_of and plugin\n");
  fails(POTENTIALS, "potentials = ({ any_of = (); });",
        "run.cfg:6: error: any_of: the list is empty\n");
  fails(POTENTIALS, "potentials = ({ all_of = { plugin = \"linear\"; }; });",
        "run.cfg:6: error: all_of: must be a list ( { ... }, ... ), not a "
        "group\n");
  fails(POTENTIALS, "potentials = ({ not = (1, 2); });",
        "run.cfg:6: error: potential: must be a group { ... }, not a list\n");
  fails(POTENTIALS, "potentials = ({ not = { }; });",
        "run.cfg:6: error: a potential needs the key plugin\n");
}
END_TEST

START_TEST(keys_have_their_places) {
  fails(
      POTENTIALS,
      "potentials = ({ any_of = ({ plugin = \"linear\"; slope = 1.0; strength "
      "= 2.0; }); });",
      "run.cfg:6: error: strength stands on the outermost entry of a "
      "combination, not on its parts\n");
  fails(POTENTIALS,
        "potentials = ({ not = { plugin = \"box\"; weight = 2.0; }; });",
        "run.cfg:6: error: unknown key 'weight' for potential 'box'\n"
        "    known: plugin, id, lower, lower_file, upper, upper_file, wall\n");
  fails(POTENTIALS,
        "potentials = ({ any_of = ({ plugin = \"box\"; weight = 0.0; }); });",
        "run.cfg:6: error: weight = 0 of potential 'box': must be in (0, "
        "1000000000000]\n");
  fails(
      POTENTIALS,
      "potentials = ({ all_of = ({ plugin = \"box\"; }); slope = 1.0; });",
      "run.cfg:6: error: unknown key 'slope' for all_of\n"
      "    known: id, any_of, all_of, not, mode, at, strength, guide, "
      "jacobian, every, window, window_file, at_steps, at_steps_file, samples, "
      "spread\n");
}
END_TEST

START_TEST(the_part_without_a_gradient_is_named) {
  static const char *const wrong =
      "run.cfg:6: error: mode = \"rate\" needs the gradient, and potential "
      "'potentials[0].all_of[1].not' (potential_spring) has none\n";
  fails(POTENTIALS,
        "potentials = ({ mode = \"rate\"; all_of = ({ plugin = \"box\"; }, "
        "{ not = { plugin = \"potential_spring\"; }; }); });",
        wrong);
  char text[4096] = "potentials = ({ any_of = (";
  for (int i = 0; i < 65; i++)
    snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s",
             i > 0 ? "," : "", "{ not = { plugin = \"box\"; }; }");
  strcat(text, "); });");
  struct rig many;
  ck_assert(!check_changed(&many, &(struct change){POTENTIALS, text}, 1));
  ck_assert_msg(strstr(diag_text(many.diag),
                       "combinations have more than 128 parts\n") != NULL,
                "%s", diag_text(many.diag));
  rig_close(&many);
}
END_TEST

int main(void) {
  const TTest *const tests[] = {
      one_part_alone_is_that_part,
      not_keeps_its_digits_next_to_zero,
      not_of_a_positive_number_names_the_particle,
      the_part_that_fails_is_named,
      derivatives_in_time_are_combined,
      a_potential_has_one_form,
      keys_have_their_places,
      the_part_without_a_gradient_is_named,
  };
  const struct rig_loop loops[] = {
      {values_are_those_of_the_formulas, N_CASES},
      {gradients_are_those_of_the_values, N_CASES},
  };
  return rig_suite("combine", tests, (int)(sizeof tests / sizeof tests[0]),
                   loops, 2);
}
