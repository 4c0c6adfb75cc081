/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the failure of an instance is told: place, label, text, and as much of
 * step, replicate and particle as is known. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "plugin/instance.h"

static const kac_component component = {.name = "dock", .version = "0.3"};
static const struct module module = {.path = "/usr/lib/kac/plugins/dock.so"};
static struct instance instance;

static void set_up(void) {
  memset(&instance, 0, sizeof instance);
  instance.component = &component;
  instance.module = &module;
  instance.id = "potential[1]";
  instance.at = (struct place){"conf/run.cfg", 41};
}

#define LABEL "conf/run.cfg:41: error: potential[1] 'dock' (dock.so 0.3): "

START_TEST(fault_names_place_step_replicate_and_particle) {
  struct fault fault = {EXIT_DONE, ""};
  instance_fault(&instance, &fault, EXIT_NUMERIC, 17, 0, 2203, "phi is nan");
  ck_assert_int_eq(fault.code, EXIT_NUMERIC);
  ck_assert_str_eq(fault.text,
                   LABEL "phi is nan at step 17, replicate 0, particle 2203");
}
END_TEST

START_TEST(fault_leaves_out_what_is_not_known) {
  struct fault fault = {EXIT_DONE, ""};
  instance_fault(&instance, &fault, EXIT_PLUGIN, 17, -1, -1, "x\ny");
  ck_assert_str_eq(fault.text, LABEL "x y at step 17");
  instance_fault(&instance, &fault, EXIT_PLUGIN, 0, 1, -1, "x");
  ck_assert_str_eq(fault.text, LABEL "x at the start, replicate 1");
  instance_fault(&instance, &fault, EXIT_PLUGIN, -1, 2, 5, NULL);
  ck_assert_str_eq(fault.text,
                   LABEL "no message given at replicate 2, particle 5");
  instance.at = (struct place){"command line argument 3", 0};
  instance_fault(&instance, &fault, EXIT_PLUGIN, -1, -1, -1, "x");
  ck_assert_str_eq(fault.text,
                   "command line argument 3: error: potential[1] "
                   "'dock' (dock.so 0.3): x");
  instance.at = (struct place){NULL, 0};
  instance_fault(&instance, &fault, EXIT_PLUGIN, -1, -1, -1, "x");
  ck_assert_str_eq(fault.text,
                   "kac: error: potential[1] 'dock' (dock.so 0.3): x");
}
END_TEST

START_TEST(fault_keeps_code_and_cuts_long_text) {
  struct fault fault = {EXIT_DONE, ""};
  char text[3000];
  memset(text, 'x', sizeof text - 1);
  text[sizeof text - 1] = '\0';
  fault_set(&fault, EXIT_FILE, "%s", text);
  ck_assert_int_eq(fault.code, EXIT_FILE);
  ck_assert_uint_eq(strlen(fault.text), sizeof fault.text - 1);
  instance_fault(&instance, &fault, EXIT_PLUGIN, 1, 2, 3, text);
  ck_assert_ptr_nonnull(
      strstr(fault.text, "x at step 1, replicate 2, particle 3"));
}
END_TEST

int main(void) {
  Suite *suite = suite_create("fault");
  TCase *cases = tcase_create("fault");
  tcase_add_checked_fixture(cases, set_up, NULL);
  tcase_add_test(cases, fault_names_place_step_replicate_and_particle);
  tcase_add_test(cases, fault_leaves_out_what_is_not_known);
  tcase_add_test(cases, fault_keeps_code_and_cuts_long_text);
  suite_add_tcase(suite, cases);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
