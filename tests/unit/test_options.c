/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Command lines: what they set, and where messages say that it stood. */
#include "cli/options.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct options options;
static char *words[16], *text;
static int n_words;
static size_t bytes;

/* `line`: words separated by single spaces, the command first. */
static enum exit_code parse(enum options_command command, const char *line) {
  static char copy[512];
  snprintf(copy, sizeof copy, "%s", line);
  n_words = 0;
  for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "))
    words[n_words++] = word;
  words[n_words] = NULL;
  FILE *out = open_memstream(&text, &bytes);
  enum exit_code code =
      options_parse(&options, command, n_words, words, out, out);
  fclose(out);
  return code;
}

static void done(void) {
  options_free(&options);
  free(text);
}

START_TEST(options_stand_anywhere) {
  ck_assert_int_eq(parse(OPTIONS_RUN,
                         "run --output o a.cfg --overwrite --plugin-path p "
                         "--quiet --plugin-path=q"),
                   EXIT_DONE);
  ck_assert_str_eq(options.config, "a.cfg");
  ck_assert_str_eq(options.output, "o");
  ck_assert(options.overwrite && options.quiet && !options.explain);
  ck_assert_uint_eq(options.n_plugin_paths, 2);
  ck_assert_str_eq(options.plugin_paths[1], "q");
  done();
}
END_TEST

START_TEST(settings_know_their_argument_number) {
  ck_assert_int_eq(
      parse(OPTIONS_RUN, "run --set a.b=1 x.cfg --set=c=2 --seed 7"),
      EXIT_DONE);
  ck_assert_uint_eq(options.n_sets, 3);
  ck_assert_str_eq(options.sets[0].assignment, "a.b=1");
  ck_assert_str_eq(options.sets[0].at.file,
                   "command line argument 3 (--set a.b=1)");
  ck_assert_str_eq(options.sets[1].assignment, "c=2");
  ck_assert_str_eq(options.sets[1].at.file,
                   "command line argument 5 (--set c=2)");
  ck_assert_str_eq(options.sets[2].assignment, "seed=7");
  ck_assert_str_eq(options.sets[2].at.file,
                   "command line argument 7 (--seed 7)");
  ck_assert_int_eq(options.sets[2].at.line, 0);
  done();
}
END_TEST

START_TEST(places_of_settings_are_short_and_without_control_characters) {
  parse(
      OPTIONS_RUN,
      "run a --set a=\033[31m --set "
      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa="
      "12");
  ck_assert_str_eq(options.sets[0].at.file,
                   "command line argument 4 (--set a=?[31m)");
  ck_assert_str_eq(
      options.sets[1].at.file,
      "command line argument 6 (--set "
      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      "aaaaaaa=1...)");
  done();
}
END_TEST

START_TEST(large_seeds_need_no_mark) {
  parse(OPTIONS_CHECK, "check a --seed 2147483648 --threads 2147483647");
  ck_assert_str_eq(options.sets[0].assignment, "seed=2147483648L");
  ck_assert_str_eq(options.sets[1].assignment, "threads=2147483647");
  done();
  parse(OPTIONS_CHECK, "check a --seed abc");
  ck_assert_str_eq(options.sets[0].assignment, "seed=abc");
  done();
}
END_TEST

static void expect_usage(enum options_command command, const char *line,
                         const char *message) {
  ck_assert_int_eq(parse(command, line), EXIT_CONFIG);
  ck_assert_msg(strncmp(text, message, strlen(message)) == 0, "%s", text);
  done();
}

START_TEST(mistakes_are_named) {
  expect_usage(OPTIONS_RUN, "run a --ouput b",
               "kac run: error: unknown option '--ouput' (did you mean "
               "'--output'?)\ntry 'kac run --help'\n");
  expect_usage(OPTIONS_CHECK, "check a --output b",
               "kac check: error: unknown option '--output'");
  expect_usage(OPTIONS_RUN, "run a --set",
               "kac run: error: a value is missing behind '--set'\n");
  expect_usage(OPTIONS_RUN, "run a --quiet=1",
               "kac run: error: no value is expected in '--quiet=1'\n");
  expect_usage(OPTIONS_RUN, "run a --force",
               "kac run: error: what overrides a refusal is written in full, "
               "not as '--force' (did you mean '--force-memory'?)");
  expect_usage(OPTIONS_CHECK, "check a --insecure",
               "kac check: error: what overrides a refusal is written in full, "
               "not as '--insecure' (did you mean '--insecure-plugins'?)");
  expect_usage(OPTIONS_RUN, "run a -q", "kac run: error: unknown option '-q'");
  expect_usage(OPTIONS_RUN, "run a b",
               "kac run: error: one config is expected, not also 'b'\n");
  expect_usage(OPTIONS_RUN, "run", "kac run: error: a config is expected\n");
}
END_TEST

START_TEST(two_dashes_end_the_options) {
  ck_assert_int_eq(parse(OPTIONS_RUN, "run --quiet -- --set"), EXIT_DONE);
  ck_assert_str_eq(options.config, "--set");
  done();
}
END_TEST

START_TEST(help_needs_no_config) {
  ck_assert_int_eq(parse(OPTIONS_CHECK, "check --help"), EXIT_DONE);
  ck_assert(options.help);
  ck_assert_ptr_nonnull(strstr(text, "usage: kac check CONFIG"));
  done();
}
END_TEST

START_TEST(check_model_takes_data_points_and_a_score) {
  ck_assert_int_eq(parse(OPTIONS_CHECK_MODEL,
                         "check-model --score q a.cfg --data x.npy --points=12 "
                         "--json"),
                   EXIT_DONE);
  ck_assert_str_eq(options.score, "q");
  ck_assert_str_eq(options.data, "x.npy");
  ck_assert_str_eq(options.data_at.file,
                   "command line argument 6 (--data x.npy)");
  ck_assert_uint_eq(options.points, 12);
  ck_assert(options.json);
  done();
  ck_assert_int_eq(parse(OPTIONS_CHECK_MODEL, "check-model a.cfg"), EXIT_DONE);
  ck_assert(!options.score && !options.data && !options.json);
  ck_assert_uint_eq(options.points, 256);
  done();
  ck_assert_int_eq(parse(OPTIONS_RUN, "run a.cfg --data x.npy"), EXIT_CONFIG);
  done();
}
END_TEST

int main(void) {
  Suite *suite = suite_create("options");
  TCase *tests = tcase_create("options");
  tcase_add_test(tests, options_stand_anywhere);
  tcase_add_test(tests, settings_know_their_argument_number);
  tcase_add_test(tests,
                 places_of_settings_are_short_and_without_control_characters);
  tcase_add_test(tests, large_seeds_need_no_mark);
  tcase_add_test(tests, mistakes_are_named);
  tcase_add_test(tests, two_dashes_end_the_options);
  tcase_add_test(tests, help_needs_no_config);
  tcase_add_test(tests, check_model_takes_data_points_and_a_score);
  suite_add_tcase(suite, tests);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
