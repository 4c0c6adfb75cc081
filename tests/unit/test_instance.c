/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The life of an instance: what plan may change, who is destroyed when, what
 * the host lends, and how each failure is told.  The components are made here;
 * fail_create comes from KAC_FIXTURES. */
#include <check.h>
#include <fenv.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "output/outputs.h"
#include "plugin/crash.h"
#include "plugin/instance.h"
#include "plugin/load.h"

/* How the component of this test behaves, and what it saw. */
struct config {
  kac_status status;
  const char *message; /* NULL: none */
  double sigma_data;
  int changes_rounding, gives_no_self, is_unterminated;
  int n_created, n_destroyed;
  void *block;
};
static struct config config;
static struct instance instance;
static struct module module = {.path = "/usr/lib/kac/plugins/dock.so"};
static struct diag *diag;

static kac_status answer(kac_error *err) {
  if (config.changes_rounding) fesetround(FE_UPWARD);
  if (config.message) snprintf(err->msg, sizeof err->msg, "%s", config.message);
  if (config.is_unterminated) memset(err->msg, 'x', sizeof err->msg);
  return config.status;
}

static kac_status plan(const void *self, kac_plan *wanted, kac_error *err) {
  (void)self;
  wanted->scratch_bytes = 800;
  wanted->pstate_bytes = 8;
  wanted->own_bytes = 5000;
  wanted->sigma_data = config.sigma_data;
  wanted->n_particles = 1;
  return answer(err);
}

static kac_status create(const kac_host *host, const void *filled,
                         const kac_plan *given, void **self, kac_error *err) {
  (void)filled, (void)given;
  config.n_created++;
  config.block = host->alloc(host, 100);
  if (!config.gives_no_self) *self = config.block;
  return answer(err);
}

static void destroy(void *self) {
  ck_assert_ptr_eq(self, config.block);
  config.n_destroyed++;
}

static kac_component component = {.name = "dock", .version = "0.3"};

static void set_up(void) {
  diag = diag_new();
  config = (struct config){.n_created = 0};
  component.plan = plan;
  component.create = create;
  component.destroy = destroy;
  memset(&instance, 0, sizeof instance);
  instance.component = &component;
  instance.module = &module;
  instance.id = "potential[1]";
  instance.at = (struct place){"conf/run.cfg", 41};
  instance.config = &config;
}

static void tear_down(void) {
  diag_free(diag);
}

#define LABEL "conf/run.cfg:41: error: potential[1] 'dock' (dock.so 0.3): "

static void says(enum exit_code code, const char *text) {
  ck_assert_str_eq(diag_text(diag), text);
  ck_assert_int_eq(diag_code(diag), code);
}

static bool plan_it(void) {
  kac_plan asked = {.n_particles = 1000, .block = 256, .t_max = 2};
  return instance_plan(&instance, &asked, diag);
}

/* --- plan ----------------------------------------------------------------- */

START_TEST(plan_takes_over_wishes_only) {
  config.sigma_data = 1.5;
  ck_assert(plan_it());
  ck_assert_uint_eq(instance.plan.scratch_bytes, 800);
  ck_assert_uint_eq(instance.plan.pstate_bytes, 8);
  ck_assert_uint_eq(instance.plan.own_bytes, 5000);
  ck_assert_double_eq(instance.plan.sigma_data, 1.5);
  ck_assert_uint_eq(instance.plan.n_particles, 1000);
  ck_assert_uint_eq(instance.plan.struct_size, sizeof(kac_plan));
}
END_TEST

START_TEST(component_without_plan_wants_nothing) {
  component.plan = NULL;
  ck_assert(plan_it());
  ck_assert_uint_eq(instance.plan.scratch_bytes, 0);
  ck_assert_uint_eq(instance.plan.block, 256);
}
END_TEST

static const struct {
  kac_status status;
  enum exit_code plan, create;
} codes[] = {{KAC_EINVAL, EXIT_CONFIG, EXIT_PLUGIN},
             {KAC_EUNSUPPORTED, EXIT_CONFIG, EXIT_PLUGIN},
             {KAC_ENOMEM, EXIT_RESOURCE, EXIT_RESOURCE},
             {KAC_ENUMERIC, EXIT_NUMERIC, EXIT_NUMERIC},
             {KAC_EIO, EXIT_FILE, EXIT_FILE}};

START_TEST(failed_plan_tells_its_message_at_the_config_line) {
  config.status = codes[_i].status;
  config.message = "inner is above outer";
  ck_assert(!plan_it());
  says(codes[_i].plan, LABEL "inner is above outer\n");
}
END_TEST

START_TEST(sigma_data_must_be_a_radius) {
  config.sigma_data = -1;
  ck_assert(!plan_it());
  says(EXIT_PLUGIN, LABEL "plan gave sigma_data -1\n");
}
END_TEST

START_TEST(plan_that_changes_rounding_is_refused_and_undone) {
  config.changes_rounding = 1;
  ck_assert(!plan_it());
  ck_assert_int_eq(fegetround(), FE_TONEAREST);
  says(EXIT_LOAD, LABEL
       "the rounding mode is changed after plan: built with "
       "-ffast-math?\n");
}
END_TEST

/* --- create and destroy --------------------------------------------------- */

START_TEST(self_is_what_create_gave_and_is_destroyed_once) {
  ck_assert(instance_create(&instance, NULL, diag));
  ck_assert_ptr_eq(instance.self, config.block);
  ck_assert_uint_eq((uintptr_t)config.block % 64, 0);
  instance_destroy(&instance);
  instance_destroy(&instance);
  instance_destroy(NULL);
  ck_assert_int_eq(config.n_destroyed, 1);
  ck_assert_ptr_null(instance.self);
}
END_TEST

START_TEST(without_create_self_is_the_config) {
  component.create = NULL;
  ck_assert(instance_create(&instance, NULL, diag));
  ck_assert_ptr_eq(instance.self, &config);
  instance_destroy(&instance);
  ck_assert_int_eq(config.n_destroyed, 0);
}
END_TEST

/* What crashes later is not blamed on it. */
START_TEST(nobody_is_running_after_create) {
  component.create = _i ? create : NULL;
  ck_assert(instance_create(&instance, NULL, diag));
  ck_assert_ptr_null(crash_enter((struct crash_site){0}).instance);
  instance_destroy(&instance);
  ck_assert_ptr_null(crash_enter((struct crash_site){0}).instance);
}
END_TEST

START_TEST(failed_create_tells_its_message_and_is_not_destroyed) {
  config.status = codes[_i].status;
  config.message = "no receptor in 'a.pdb'";
  ck_assert(!instance_create(&instance, NULL, diag));
  says(codes[_i].create, LABEL "no receptor in 'a.pdb'\n");
  instance_destroy(&instance);
  ck_assert_int_eq(config.n_created, 1);
  ck_assert_int_eq(config.n_destroyed, 0);
}
END_TEST

START_TEST(failure_without_a_message_says_so) {
  config.status = KAC_EINVAL;
  ck_assert(!instance_create(&instance, NULL, diag));
  says(EXIT_PLUGIN, LABEL "create gave status -1: no message given\n");
}
END_TEST

START_TEST(undefined_status_is_an_error_with_its_value) {
  config.status = -77;
  config.message = "odd";
  ck_assert(!instance_create(&instance, NULL, diag));
  says(EXIT_PLUGIN, LABEL "create gave undefined status -77: odd\n");
}
END_TEST

START_TEST(unterminated_message_is_cut) {
  config.status = KAC_EINVAL;
  config.is_unterminated = 1;
  ck_assert(!instance_create(&instance, NULL, diag));
  const char *text = strstr(diag_text(diag), "xxx");
  ck_assert_ptr_nonnull(text);
  ck_assert_uint_eq(strlen(text), 248); /* 247 and the end of the line */
}
END_TEST

START_TEST(create_that_changes_rounding_is_refused_and_destroyed) {
  config.changes_rounding = 1;
  ck_assert(!instance_create(&instance, NULL, diag));
  ck_assert_int_eq(fegetround(), FE_TONEAREST);
  says(EXIT_LOAD, LABEL
       "the rounding mode is changed after create: built with "
       "-ffast-math?\n");
  ck_assert_int_eq(config.n_destroyed, 1);
}
END_TEST

START_TEST(create_without_self_breaks_the_contract) {
  config.gives_no_self = 1;
  ck_assert(!instance_create(&instance, NULL, diag));
  says(EXIT_PLUGIN, LABEL "create succeeded but gave no self\n");
  ck_assert_int_eq(config.n_destroyed, 0);
}
END_TEST

START_TEST(fixture_that_cannot_be_created_is_told) {
  struct {
    int64_t silent, status;
  } filled = {_i, KAC_EINVAL};
  char why[512] = "", path[4096];
  struct arena *arena = arena_new();
  const char *root = getenv("KAC_FIXTURES");
  ck_assert_msg(root != NULL, "KAC_FIXTURES is not set");
  snprintf(path, sizeof path, "%s/potential/fail_create.so", root);
  struct module *loaded = load_module(arena, path, NULL, why, sizeof why);
  ck_assert_msg(loaded != NULL, "%s", why);
  instance.module = loaded;
  instance.component = loaded->component;
  instance.config = &filled;
  ck_assert(!instance_create(&instance, NULL, diag));
  ck_assert_ptr_nonnull(
      strstr(diag_text(diag), _i ? "create gave status -1: no message given"
                                 : "(fail_create.so 1.0): the table has 0 "
                                   "rows"));
  arena_free(arena);
}
END_TEST

/* --- services ------------------------------------------------------------- */

START_TEST(without_outputs_files_are_minus_one_and_results_vanish) {
  kac_error err = {-1, ""};
  double value = 1;
  int fd = 7;
  ck_assert(instance_create(&instance, NULL, diag));
  const kac_host *host = &instance.host;
  ck_assert_int_eq(host->open_output(host, "a.txt", &fd, &err), KAC_OK);
  ck_assert_int_eq(fd, -1);
  ck_assert_int_eq(host->result(host, "mean", &value, 1, &err), KAC_OK);
  instance_destroy(&instance);
}
END_TEST

START_TEST(file_names_and_result_keys_are_judged) {
  static const char *const names[] = {"", ".x", "../x", "a/b"};
  static const char *const keys[] = {"", "Mean", "a b", "a-b"};
  kac_error err = {-1, ""};
  double value = 1;
  int fd = 7;
  ck_assert(instance_create(&instance, NULL, diag));
  const kac_host *host = &instance.host;
  for (size_t i = 0; i < 4; i++) {
    ck_assert_int_eq(host->open_output(host, names[i], &fd, &err), KAC_EINVAL);
    ck_assert_str_eq(err.msg,
                     "the name of an output file is empty, hidden or "
                     "has a slash");
    ck_assert_int_eq(host->result(host, keys[i], &value, 1, &err), KAC_EINVAL);
    ck_assert_str_eq(err.msg, "the key of a result is not [a-z0-9_]+");
  }
  ck_assert_int_eq(host->result(host, "m", NULL, 1, &err), KAC_EINVAL);
  ck_assert_int_eq(host->result(host, "m", &value, 0, NULL), KAC_EINVAL);
  ck_assert_str_eq(err.msg, "a result without numbers");
  instance_destroy(&instance);
}
END_TEST

START_TEST(results_carry_the_instance) {
  kac_error err = {-1, ""};
  struct fault fault = {EXIT_DONE, ""};
  double value[2] = {1, 2};
  size_t n = 0;
  struct host_outputs *outputs = outputs_open(NULL, false, &fault);
  ck_assert_msg(outputs != NULL, "%s", fault.text);
  ck_assert(instance_create(&instance, outputs, diag));
  const kac_host *host = &instance.host;
  ck_assert_int_eq(host->result(host, "mean", value, 2, &err), KAC_OK);
  const struct host_outputs_result *results = outputs_results(outputs, &n);
  ck_assert_uint_eq(n, 1);
  ck_assert_str_eq(results[0].instance, "potential[1]");
  ck_assert_str_eq(results[0].key, "mean");
  ck_assert_double_eq(results[0].value[1], 2);
  instance_destroy(&instance);
  outputs_close(outputs);
}
END_TEST

START_TEST(output_files_lie_in_the_folder_and_faults_come_back) {
  char folder[] = "kac_instance_XXXXXX", command[64];
  kac_error err = {-1, ""};
  struct fault fault = {EXIT_DONE, ""};
  int fd = -1, second = 7;
  ck_assert_ptr_nonnull(mkdtemp(folder));
  struct host_outputs *outputs = outputs_open(folder, false, &fault);
  ck_assert_msg(outputs != NULL, "%s", fault.text);
  ck_assert(instance_create(&instance, outputs, diag));
  const kac_host *host = &instance.host;
  ck_assert_int_eq(host->open_output(host, "a.txt", &fd, &err), KAC_OK);
  ck_assert_int_ge(fd, 0);
  ck_assert_int_eq(host->open_output(host, "a.txt", &second, &err), KAC_EIO);
  ck_assert_int_eq(second, -1);
  ck_assert_uint_gt(strlen(err.msg), 0);
  close(fd);
  instance_destroy(&instance);
  outputs_close(outputs);
  snprintf(command, sizeof command, "rm -rf '%s'", folder);
  ck_assert_int_eq(system(command), 0);
}
END_TEST

START_TEST(log_names_the_instance_and_blanks_control_characters) {
  char text[256] = "";
  FILE *file = tmpfile();
  ck_assert(instance_create(&instance, NULL, diag));
  int saved = dup(STDERR_FILENO);
  dup2(fileno(file), STDERR_FILENO);
  instance.host.log(&instance.host, 0, "read 3\033[2J rows");
  instance.host.log(&instance.host, 1, "");
  dup2(saved, STDERR_FILENO);
  rewind(file);
  text[fread(text, 1, sizeof text - 1, file)] = '\0';
  ck_assert_str_eq(text,
                   "kac: potential[1] 'dock' (dock.so 0.3): read 3 [2J rows\n"
                   "kac: warning: potential[1] 'dock' (dock.so 0.3): no "
                   "message given\n");
  fclose(file);
  instance_destroy(&instance);
}
END_TEST

static void add_tests(TCase *cases) {
  int n = (int)(sizeof codes / sizeof codes[0]);
  tcase_add_test(cases, plan_takes_over_wishes_only);
  tcase_add_test(cases, component_without_plan_wants_nothing);
  tcase_add_loop_test(cases, failed_plan_tells_its_message_at_the_config_line,
                      0, n);
  tcase_add_test(cases, sigma_data_must_be_a_radius);
  tcase_add_test(cases, plan_that_changes_rounding_is_refused_and_undone);
  tcase_add_test(cases, self_is_what_create_gave_and_is_destroyed_once);
  tcase_add_test(cases, without_create_self_is_the_config);
  tcase_add_loop_test(cases, nobody_is_running_after_create, 0, 2);
  tcase_add_loop_test(
      cases, failed_create_tells_its_message_and_is_not_destroyed, 0, n);
  tcase_add_test(cases, failure_without_a_message_says_so);
  tcase_add_test(cases, undefined_status_is_an_error_with_its_value);
  tcase_add_test(cases, unterminated_message_is_cut);
  tcase_add_test(cases, create_that_changes_rounding_is_refused_and_destroyed);
  tcase_add_test(cases, create_without_self_breaks_the_contract);
  tcase_add_loop_test(cases, fixture_that_cannot_be_created_is_told, 0, 2);
  tcase_add_test(cases, without_outputs_files_are_minus_one_and_results_vanish);
  tcase_add_test(cases, file_names_and_result_keys_are_judged);
  tcase_add_test(cases, results_carry_the_instance);
  tcase_add_test(cases, output_files_lie_in_the_folder_and_faults_come_back);
  tcase_add_test(cases, log_names_the_instance_and_blanks_control_characters);
}

int main(void) {
  Suite *suite = suite_create("instance");
  TCase *cases = tcase_create("instance");
  tcase_add_checked_fixture(cases, set_up, tear_down);
  add_tests(cases);
  suite_add_tcase(suite, cases);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
