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

#include "capture_fixture.h"
#include "cli/commands.h"
#include "config/diag.h"
#include "plugin/search.h"

enum { MAX_ARGS = 8 };

static char root[4096];

static void set_up(void) {
  const char *fixtures = getenv("KAC_FIXTURES");
  ck_assert_msg(fixtures != NULL, "KAC_FIXTURES is not set");
  snprintf(root, sizeof root, "%s", fixtures);
  unsetenv("KAC_PLUGIN_PATH");
  text[0] = '\0';
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
  says("usage: kac list [KIND] [OPTION]...\n");
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
  says("needs plugin ABI 1.7, this kac speaks 1.");
}
END_TEST

static const struct {
  const char *line, *text;
} wrong_infos[] = {{"info", "name a plugin or a section"},
                   {"info a b", "unexpected argument 'b'"},
                   {"info a --frob", "unknown option '--frob'\n"},
                   {"info a --jsn", "'--jsn'; did you mean '--json'?\n"},
                   {"info a --json --template", "--json or --template, not"},
                   {"info a --template --json", "--json or --template, not"},
                   {"info a --plugin-path", "needs a value"}};

START_TEST(wrong_info_shows_usage) {
  ck_assert_int_eq(call(command_info, wrong_infos[_i].line), EXIT_CONFIG);
  says(wrong_infos[_i].text);
  says("usage: kac info NAME [OPTION]...\n");
}
END_TEST

START_TEST(help_is_no_error) {
  ck_assert_int_eq(call(command_info, "info --help"), EXIT_DONE);
  ck_assert_int_eq(call(command_list, "list --help"), EXIT_DONE);
  says("usage: kac list");
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
  suite_add_tcase(suite, cases);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
