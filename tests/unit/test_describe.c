/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A component as text, as JSON and as a template, word for word. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include "cli/describe.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "capture_fixture.h"

struct config {
  double stiffness, width, scale;
  int64_t rank, shape, is_on, seed;
  const char *file;
  kac_array center, masses;
};
static const kac_param params[] = {
    {"stiffness", "kT/nm^2", "of the spring", KAC_T_REAL, KAC_P_OPEN_MIN,
     offsetof(struct config, stiffness), 1, 0, 1e308, NULL},
    {"width", "nm", "of the wall", KAC_T_REAL, KAC_P_OPEN_MAX,
     offsetof(struct config, width), 1e20, 0, 1e21, NULL},
    {"scale", "", "of all", KAC_T_REAL, 0, offsetof(struct config, scale),
     HUGE_VAL, -HUGE_VAL, HUGE_VAL, NULL},
    {"rank", "", "of the matrix", KAC_T_INT, KAC_P_REQUIRED,
     offsetof(struct config, rank), 0, 1, 5, NULL},
    {"shape", "", "of the bottom", KAC_T_CHOICE, 0,
     offsetof(struct config, shape), 1, 0, 0, "flat|round"},
    {"is_on", "", "switches it on", KAC_T_BOOL, 0,
     offsetof(struct config, is_on), 1, 0, 1, NULL},
    {"seed", "", "of the noise", KAC_T_INT, 0, offsetof(struct config, seed),
     6e9, -HUGE_VAL, 7e9, NULL},
    {"file", "", "to\nread", KAC_T_STRING, KAC_P_FILE,
     offsetof(struct config, file), 0, 0, 0, "a \"b\"\\c"},
    {"center", "nm", "of the well", KAC_T_ARRAY, 0,
     offsetof(struct config, center), 0, -1e308, 1e308, "d?"},
    {"masses", "", "of the bodies", KAC_T_ARRAY, KAC_P_REQUIRED,
     offsetof(struct config, masses), 0, 0, 1e308, "n"}};
static const char *const cites[] = {"Foo 2024", NULL};
static const kac_integrator_ops ops = {sizeof ops, KAC_ADVANCES,
                                       KAC_Q_B | KAC_Q_S, NULL, NULL};
static const kac_component everything = {.struct_size = sizeof everything,
                                         .kind = KAC_INTEGRATOR,
                                         .name = "well",
                                         .version = "1.2",
                                         .summary = "a \033well",
                                         .doc = "line 1\nline 2",
                                         .cites = cites,
                                         .spans = KAC_SPAN_REAL,
                                         .threads = KAC_THREADS_SERIAL,
                                         .config_size = sizeof(struct config),
                                         .params = params,
                                         .n_params = 10,
                                         .param_size = sizeof(kac_param),
                                         .ops = &ops};

static int print_text(int argc, char **argv) {
  (void)argc, (void)argv;
  describe_text(stdout, &everything, "/x/well.so");
  return 0;
}

static int print_json(int argc, char **argv) {
  (void)argc, (void)argv;
  describe_json(stdout, &everything, "/x/well.so");
  return 0;
}

static int print_template(int argc, char **argv) {
  (void)argc, (void)argv;
  describe_template(stdout, &everything);
  return 0;
}

START_TEST(text_shows_every_trait_and_parameter) {
  capture(print_text, 0, NULL);
  ck_assert_str_eq(
      text,
      "well 1.2 (integrator)  /x/well.so\n"
      "a ?well\n\nline 1\nline 2\n\n"
      "role       advances\n"
      "needs      field_velocity, field_score\n"
      "state      real\n"
      "threads    serial\n\n"
      "name       type    unit     default       range         doc\n"
      "stiffness  real    kT/nm^2  1.0           > 0           of the spring\n"
      "width      real    nm       1.0e+20       [0, 1e+21)    of the wall\n"
      "scale      real             \"inf\"                       of all\n"
      "rank       int              required      1 to 5        of the matrix\n"
      "shape      choice           \"round\"       flat | round  of the "
      "bottom\n"
      "is_on      bool             true                        switches it on\n"
      "seed       int              6000000000L   <= 7e+09      of the noise\n"
      "file       string           \"a \\\"b\\\"\\\\c\"                to\n"
      "  read\n"
      "center     array   nm       none          [d?]          of the well\n"
      "masses     array            required      [n] >= 0      of the bodies\n"
      "\nkeys of every integrator\n"
      "name    type    unit  default  range            doc\n"
      "id      string        \"\"                        name of this "
      "instance\n"
      "noise   ramp          1.0      0 to 1e+06       zeta: 0 is the ODE, 1 "
      "the reverse SDE\n"
      "repeat  int           1        1 to 1000        moves per step "
      "(invariant ones)\n"
      "window  array         none     [window] 0 to 1  progress [from, to] in "
      "[0,1] in which it is active\n"
      "\nplease cite\n  Foo 2024\n");
}
END_TEST

START_TEST(template_holds_every_key_with_its_default) {
  capture(print_template, 0, NULL);
  ck_assert_str_eq(text,
                   "{ # integrator: a ?well\n"
                   "  plugin = \"well\";\n"
                   "  # of the spring; real > 0, in kT/nm^2\n"
                   "  stiffness = 1.0;\n"
                   "  # of the wall; real [0, 1e+21), in nm\n"
                   "  width = 1.0e+20;\n"
                   "  # of all; real\n"
                   "  scale = \"inf\";\n"
                   "  # of the matrix; int 1 to 5\n"
                   "  # rank = ...;  (required)\n"
                   "  # of the bottom; choice flat | round\n"
                   "  shape = \"round\";\n"
                   "  # switches it on; bool\n"
                   "  is_on = true;\n"
                   "  # of the noise; int <= 7e+09\n"
                   "  seed = 6000000000L;\n"
                   "  # to\n  # read; string\n"
                   "  file = \"a \\\"b\\\"\\\\c\";\n"
                   "  # of the well; array [d?], in nm\n"
                   "  # center = ...;  (optional)\n"
                   "  # of the bodies; array [n] >= 0\n"
                   "  # masses = ...;  (required)\n"
                   "  # --- keys of every integrator\n"
                   "  # name of this instance; string\n"
                   "  # id = ...;  (optional)\n"
                   "  # zeta: 0 is the ODE, 1 the reverse SDE; ramp 0 to "
                   "1e+06\n"
                   "  noise = 1.0;\n"
                   "  # moves per step (invariant ones); int 1 to 1000\n"
                   "  repeat = 1;\n"
                   "  # progress [from, to] in [0,1] in which it is active; "
                   "array [window] 0 to 1\n"
                   "  # window = ...;  (optional)\n"
                   "}\n");
}
END_TEST

START_TEST(json_holds_every_field) {
  static const char *const parts[] = {"\"kind\": \"integrator\"",
                                      "\"name\": \"well\"",
                                      "\"version\": \"1.2\"",
                                      "\"path\": \"/x/well.so\"",
                                      "\"role\": \"advances\"",
                                      "\"threads\": \"serial\"",
                                      "\"unit\": \"kT/nm^2\"",
                                      "\"min_is_open\": true",
                                      "\"max\": null",
                                      "\"default\": \"round\"",
                                      "\"default\": null",
                                      "\"default\": true",
                                      "\"default\": 6000000000",
                                      "\"shape\": \"d?\"",
                                      "\"is_file\": true",
                                      "\"doc\": \"to\\nread\"",
                                      "\"default\": 1e+20",
                                      "\"host_parameters\": [",
                                      "\"name\": \"noise\"",
                                      "\"type\": \"ramp\"",
                                      "\"summary\": \"a \\u001bwell\""};
  capture(print_json, 0, NULL);
  for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) says(parts[i]);
  ck_assert_int_eq(text[0], '{');
}
END_TEST

int main(void) {
  Suite *suite = suite_create("describe");
  TCase *cases = tcase_create("describe");
  tcase_add_test(cases, text_shows_every_trait_and_parameter);
  tcase_add_test(cases, template_holds_every_key_with_its_default);
  tcase_add_test(cases, json_holds_every_field);
  suite_add_tcase(suite, cases);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
