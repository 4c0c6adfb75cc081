/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kac list and kac info: what they print and what they refuse, with the
 * fixtures in KAC_FIXTURES as the plugins. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1 /* mkdtemp */
#endif
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/describe.h"
#include "config/diag.h"
#include "plugin/search.h"

enum { TEXT_BYTES = 65536, MAX_ARGS = 8 };

/* What the last command printed on stdout and stderr together. */
static char text[TEXT_BYTES];
static char root[4096];

static void set_up(void) {
  const char *fixtures = getenv("KAC_FIXTURES");
  ck_assert_msg(fixtures != NULL, "KAC_FIXTURES is not set");
  snprintf(root, sizeof root, "%s", fixtures);
  unsetenv("KAC_PLUGIN_PATH");
  text[0] = '\0';
}

/* Both streams go to a file while `command` runs. */
static int capture(int (*command)(int, char **), int argc, char **argv) {
  FILE *file = tmpfile();
  fflush(stdout);
  int out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO);
  dup2(fileno(file), STDOUT_FILENO);
  dup2(fileno(file), STDERR_FILENO);
  int code = command(argc, argv);
  fflush(stdout);
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  close(out);
  close(err);
  rewind(file);
  text[fread(text, 1, TEXT_BYTES - 1, file)] = '\0';
  fclose(file);
  return code;
}

/* Words apart by spaces; "@" stands for the fixtures' folder. */
static int call(int (*command)(int, char **), const char *line) {
  char words[8192], *argv[MAX_ARGS + 1] = {NULL}, *rest = words;
  int argc = 0;
  snprintf(words, sizeof words, "%s", line);
  while (argc < MAX_ARGS && (argv[argc] = strtok_r(rest, " ", &rest))) {
    if (strcmp(argv[argc], "@") == 0) argv[argc] = root;
    argc++;
  }
  return capture(command, argc, argv);
}

static void says(const char *part) {
  ck_assert_msg(strstr(text, part) != NULL, "'%s' lacks '%s'", text, part);
}

/* Column widths depend on what is installed besides. */
static void squeeze_spaces(void) {
  char *to = text;
  for (const char *from = text; *from; from++)
    if (*from != ' ' || from[1] != ' ') *to++ = *from;
  *to = '\0';
}

/* --- list ----------------------------------------------------------------- */

START_TEST(list_is_a_table_with_reasons) {
  ck_assert_int_eq(call(command_list, "list --plugin-path @"), EXIT_DONE);
  squeeze_spaces();
  says("kind name version path\n");
  says("\nscore nan_score 1.0 /");
  says("\npotential missing_function - /");
  says(" (unusable: function 'eval' is NULL, a potential requires it)\n");
  says("\nresampler bad_resampler 1.0 /");
}
END_TEST

START_TEST(list_of_one_kind_holds_no_other) {
  ck_assert_int_eq(call(command_list, "list resampler --plugin-path @"),
                   EXIT_DONE);
  says("bad_resampler");
  ck_assert_ptr_null(strstr(text, "nan_score"));
}
END_TEST

START_TEST(list_flags_shadowed_copies) {
  char folder[4096], command[16384];
  ck_assert_ptr_nonnull(getcwd(folder, sizeof folder - 32));
  strcat(folder, "/kac_list_XXXXXX");
  ck_assert_ptr_nonnull(mkdtemp(folder));
  snprintf(command, sizeof command,
           "mkdir '%s/score' && cp '%s/score/nan_score.so' '%s/score/'", folder,
           root, folder);
  ck_assert_int_eq(system(command), 0);
  snprintf(command, sizeof command,
           "list score --plugin-path=%s --plugin-path @", folder);
  ck_assert_int_eq(call(command_list, command), EXIT_DONE);
  snprintf(command, sizeof command, "  (shadowed by %s/score/nan_score.so)\n",
           folder);
  says(command);
  snprintf(command, sizeof command, "rm -rf '%s'", folder);
  ck_assert_int_eq(system(command), 0);
}
END_TEST

START_TEST(list_of_nothing_says_where_it_looked) {
  struct search installed = {.arena = arena_new()};
  search_add_installed(&installed);
  bool is_installed = access(installed.folders[0].path, F_OK) == 0;
  arena_free(installed.arena);
  if (is_installed) {
    puts("skipped: plugins are installed");
    return;
  }
  ck_assert_int_eq(call(command_list, "list --plugin-path /none"), EXIT_DONE);
  says("no plugins found\n  searched /none (--plugin-path)\n");
}
END_TEST

static const struct {
  const char *line, *text;
} wrong_lists[] = {
    {"list scores", "kac: error: no kind 'scores'; did you mean 'score'?\n"},
    {"list zzzzzz", "no kind 'zzzzzz': score, potential, integrator"},
    {"list score score2", "unexpected argument 'score2'"},
    {"list --frob", "unknown option '--frob'"},
    {"list --json", "unknown option '--json'"},
    {"list --plugin-path", "option '--plugin-path' needs a value"}};

START_TEST(wrong_list_shows_usage) {
  ck_assert_int_eq(call(command_list, wrong_lists[_i].line), EXIT_CONFIG);
  says(wrong_lists[_i].text);
  says("usage: kac list [KIND] [--plugin-path DIR]...\n");
}
END_TEST

/* --- info ----------------------------------------------------------------- */

static void check_nan_score(void) {
  says("nan_score 1.0 (score)  /");
  says("a normal that turns into NaN\n");
  says("provides   score, logp\n");
  says("state      real\n");
  says("threads    block\n");
  says("name   type    unit  default  range        doc\n");
  says("real          0.5      0 to 1e+300  NaN at t below this\n");
  says("row    int ");
}

START_TEST(info_finds_by_name_kind_and_path) {
  char line[8192];
  ck_assert_int_eq(call(command_info, "info nan_score --plugin-path @"),
                   EXIT_DONE);
  check_nan_score();
  ck_assert_int_eq(call(command_info, "info score/nan_score --plugin-path @"),
                   EXIT_DONE);
  check_nan_score();
  snprintf(line, sizeof line, "info %s/score/nan_score.so", root);
  ck_assert_int_eq(call(command_info, line), EXIT_DONE);
  check_nan_score();
}
END_TEST

START_TEST(info_of_an_unknown_or_broken_plugin_fails) {
  ck_assert_int_eq(call(command_info, "info nan_scor --plugin-path @"),
                   EXIT_LOAD);
  says(
      "command line argument 2: error: no plugin 'nan_scor'; did you mean "
      "'nan_score'?\n");
  ck_assert_int_eq(
      call(command_info, "info --plugin-path @ -- potential/nan_score"),
      EXIT_LOAD);
  says(
      "command line argument 5: error: 'nan_score' is a score, not a "
      "potential\n");
  ck_assert_int_eq(call(command_info, "info newer_minor --plugin-path @"),
                   EXIT_LOAD);
  says("needs plugin ABI 1.7, this kac speaks 1.1");
}
END_TEST

static const struct {
  const char *line, *text;
} wrong_infos[] = {{"info", "name a plugin"},
                   {"info a b", "unexpected argument 'b'"},
                   {"info a --frob", "unknown option '--frob'"},
                   {"info a --plugin-path", "needs a value"}};

START_TEST(wrong_info_shows_usage) {
  ck_assert_int_eq(call(command_info, wrong_infos[_i].line), EXIT_CONFIG);
  says(wrong_infos[_i].text);
  says("usage: kac info NAME [--json|--template] [--plugin-path DIR]...\n");
}
END_TEST

START_TEST(help_is_no_error) {
  ck_assert_int_eq(call(command_info, "info --help"), EXIT_DONE);
  ck_assert_int_eq(call(command_list, "list --help"), EXIT_DONE);
  says("usage: kac list");
}
END_TEST

/* --- describe ------------------------------------------------------------- */

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
                                      "\"summary\": \"a \\u001bwell\""};
  capture(print_json, 0, NULL);
  for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) says(parts[i]);
  ck_assert_int_eq(text[0], '{');
}
END_TEST

int main(void) {
  Suite *suite = suite_create("commands");
  TCase *cases = tcase_create("commands");
  tcase_add_checked_fixture(cases, set_up, NULL);
  tcase_add_test(cases, list_is_a_table_with_reasons);
  tcase_add_test(cases, list_of_one_kind_holds_no_other);
  tcase_add_test(cases, list_flags_shadowed_copies);
  tcase_add_test(cases, list_of_nothing_says_where_it_looked);
  tcase_add_loop_test(cases, wrong_list_shows_usage, 0,
                      (int)(sizeof wrong_lists / sizeof wrong_lists[0]));
  tcase_add_test(cases, info_finds_by_name_kind_and_path);
  tcase_add_test(cases, info_of_an_unknown_or_broken_plugin_fails);
  tcase_add_loop_test(cases, wrong_info_shows_usage, 0,
                      (int)(sizeof wrong_infos / sizeof wrong_infos[0]));
  tcase_add_test(cases, help_is_no_error);
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
