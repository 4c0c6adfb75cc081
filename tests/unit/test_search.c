/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding plugins by name and by path: the first folder wins, one module per
 * file, and a message for everything that is not found or does not fit.  The
 * folders are made here from the fixtures in KAC_FIXTURES. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1 /* mkdtemp */
#endif
#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plugin/search.h"

static struct arena *arena;
static struct diag *diag;
static struct search search;
static char folder[4096];
static const struct place place = {"run.cfg", 30};

static void run(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void run(const char *format, ...) {
  char command[8192];
  va_list args;
  va_start(args, format);
  vsnprintf(command, sizeof command, format, args);
  va_end(args);
  ck_assert_int_eq(system(command), 0);
}

static void set_up(void) {
  arena = arena_new();
  diag = diag_new();
  search = (struct search){.arena = arena};
  ck_assert_ptr_nonnull(getcwd(folder, sizeof folder - 32));
  strcat(folder, "/kac_search_XXXXXX");
  ck_assert_ptr_nonnull(mkdtemp(folder));
  unsetenv("KAC_PLUGIN_PATH");
}

static void tear_down(void) {
  run("rm -rf '%s'", folder);
  diag_free(diag);
  arena_free(arena);
}

static const char *in_folder(const char *name) {
  return arena_format(arena, "%s/%s", folder, name);
}

static const char *fixture(const char *name) {
  const char *root = getenv("KAC_FIXTURES");
  ck_assert_msg(root != NULL, "KAC_FIXTURES is not set");
  char *real = realpath(root, NULL);
  ck_assert_ptr_nonnull(real);
  const char *path = arena_format(arena, "%s/%s.so", real, name);
  free(real);
  return path;
}

/* A copy of a fixture as <folder>/<place>, which has folders of its own. */
static void put(const char *name, const char *where) {
  const char *to = in_folder(where);
  run("mkdir -p $(dirname '%s') && cp '%s' '%s'", to, fixture(name), to);
}

/* The same file under a second name. */
static void put_link(const char *name, const char *where) {
  const char *to = in_folder(where);
  run("mkdir -p $(dirname '%s') && ln -s '%s' '%s'", to, fixture(name), to);
}

static void add(const char *name) {
  search_add(&search, in_folder(name), "--plugin-path", NULL);
}

static const kac_component *find(uint32_t kind, const char *name,
                                 struct module **module) {
  return search_find(&search, kind, name, folder, place, diag, module);
}

__attribute__((format(printf, 1, 2))) static void says(const char *format,
                                                       ...) {
  char text[4096];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  ck_assert_msg(strstr(diag_text(diag), text) != NULL, "'%s' lacks '%s'",
                diag_text(diag), text);
}

static void misses(uint32_t kind, const char *name, const char *text) {
  struct module *module = NULL;
  ck_assert_ptr_null(find(kind, name, &module));
  ck_assert_ptr_null(module);
  ck_assert_int_eq(diag_code(diag), EXIT_LOAD);
  says("run.cfg:30: error: ");
  says("%s", text);
}

/* --- names ---------------------------------------------------------------- */

START_TEST(first_folder_wins_and_module_is_loaded_once) {
  struct module *first = NULL, *again = NULL;
  put("score/nan_score", "a/score/nan_score.so");
  put("score/nan_score", "b/score/nan_score.so");
  add("a");
  add("b");
  const kac_component *component = find(KAC_SCORE, "nan_score", &first);
  ck_assert_msg(component != NULL, "%s", diag_text(diag));
  ck_assert_str_eq(first->path, in_folder("a/score/nan_score.so"));
  ck_assert_ptr_eq(find(KAC_SCORE, "nan_score", &again), component);
  ck_assert_ptr_eq(again, first);
  ck_assert_ptr_null(first->next);
}
END_TEST

START_TEST(one_file_by_two_paths_is_one_module) {
  struct module *by_name = NULL, *by_path = NULL;
  put_link("score/nan_score", "a/score/nan_score.so");
  add("a");
  ck_assert_ptr_nonnull(find(KAC_SCORE, "nan_score", &by_name));
  ck_assert_ptr_nonnull(find(KAC_SCORE, fixture("score/nan_score"), &by_path));
  ck_assert_ptr_eq(by_name, by_path);
}
END_TEST

START_TEST(broken_first_copy_is_an_error_not_passed_over) {
  put("potential/bad_table_default", "a/score/nan_score.so");
  put("score/nan_score", "b/score/nan_score.so");
  add("a");
  add("b");
  misses(KAC_SCORE, "nan_score", "default 5 is outside [0, 1]");
  says("score 'nan_score' (%s): ", in_folder("a/score/nan_score.so"));
  says("a later copy is not used: %s", in_folder("b/score/nan_score.so"));
}
END_TEST

START_TEST(refused_plugin_stays_refused) {
  put("potential/bad_module", "a/potential/bad_module.so");
  add("a");
  ck_assert_int_eq(setenv("KAC_BAD_MODULE", "null", 1), 0);
  misses(KAC_POTENTIAL, "bad_module", "kac_module_v1 gave no module");
  unsetenv("KAC_BAD_MODULE"); /* it would be good now */
  ck_assert_ptr_null(find(KAC_POTENTIAL, "bad_module", NULL));
  ck_assert_uint_eq(diag_errors(diag), 2);
}
END_TEST

START_TEST(nearest_name_of_the_kind_is_suggested) {
  put("score/nan_score", "a/score/nan_score.so");
  put("score/unwritten", "b/score/unwritten.so");
  put("potential/nan_potential", "b/potential/nanscore.so");
  add("a");
  add("b");
  misses(KAC_SCORE, "nanscore_",
         "no score plugin 'nanscore_'; did you mean 'nan_score'?");
}
END_TEST

START_TEST(each_folder_says_why_it_has_no_candidate) {
  put("score/nan_score", "a/score/nan_score.so");
  run("mkdir '%s' && touch '%s' && ln -s nowhere '%s'", in_folder("b"),
      in_folder("file"), in_folder("link"));
  add("a");
  add("b");
  add("none");
  add("file");
  add("link");
  misses(KAC_SCORE, "zzzzzz", "error: no score plugin 'zzzzzz'\n");
  says(
      "searched %s (--plugin-path): no 'zzzzzz.so' in its "
      "folder 'score'",
      in_folder("a"));
  says(
      "searched %s (--plugin-path): folder 'score' in it: "
      "no such folder",
      in_folder("b"));
  says("searched %s (--plugin-path): no such folder", in_folder("none"));
  says("searched %s (--plugin-path): Not a directory", in_folder("file"));
  says("searched %s (--plugin-path): a dangling link", in_folder("link"));
}
END_TEST

START_TEST(name_of_another_kind_is_said) {
  put("resampler/bad_resampler", "a/resampler/bad_resampler.so");
  add("a");
  misses(KAC_SCORE, "bad_resampler",
         "error: 'bad_resampler' is a resampler, not a score\n");
}
END_TEST

START_TEST(plugin_in_the_folder_of_another_kind_is_said) {
  put("resampler/bad_resampler", "a/score/bad_resampler.so");
  add("a");
  misses(KAC_SCORE, "bad_resampler",
         "'bad_resampler' is a resampler, not a "
         "score");
}
END_TEST

START_TEST(component_of_another_name_needs_to_be_named) {
  struct module *module = NULL;
  put("potential/wrong_name", "a/potential/wrong_name.so");
  const char *path = in_folder("a/potential/wrong_name.so");
  add("a");
  misses(KAC_POTENTIAL, "wrong_name",
         arena_format(arena,
                      "it holds 'another_name', not 'wrong_name'; write "
                      "plugin = \"%s:another_name\"",
                      path));
  const kac_component *component = find(
      KAC_POTENTIAL, arena_format(arena, "%s:another_name", path), &module);
  ck_assert_ptr_nonnull(component);
  ck_assert_str_eq(component->name, "another_name");
}
END_TEST

START_TEST(dangling_link_and_folder_decide_and_are_said) {
  put("score/nan_score", "b/score/x.so");
  run("mkdir -p '%s' && ln -s nowhere '%s' && mkdir '%s'", in_folder("a/score"),
      in_folder("a/score/x.so"), in_folder("a/score/y.so"));
  add("a");
  add("b");
  misses(KAC_SCORE, "x", "No such file or directory");
  misses(KAC_SCORE, "y", "a folder, not a file");
}
END_TEST

START_TEST(name_without_folders_and_name_with_a_dot_are_explained) {
  misses(KAC_SCORE, "x", "no folder to search: give one with --plugin-path");
  misses(KAC_SCORE, "gmm.1",
         "'gmm.1' is not a plugin name: [a-z][a-z0-9_]*; a path has a slash or "
         "ends in .so, './gmm.1'");
}
END_TEST

/* --- paths ---------------------------------------------------------------- */

START_TEST(path_is_relative_to_base) {
  put("score/nan_score", "x/nan_score.so");
  ck_assert_msg(find(KAC_SCORE, "x/nan_score.so", NULL) != NULL, "%s",
                diag_text(diag));
  ck_assert_ptr_nonnull(find(KAC_SCORE, "./x/nan_score.so:nan_score", NULL));
}
END_TEST

START_TEST(file_name_of_one_component_is_a_path) {
  put("score/nan_score", "nan_score.so");
  ck_assert_ptr_nonnull(find(KAC_SCORE, "nan_score.so", NULL));
  ck_assert_ptr_nonnull(find(KAC_SCORE, "nan_score.so:nan_score", NULL));
  ck_assert_ptr_nonnull(find(KAC_SCORE, "./nan_score.so", NULL));
  misses(KAC_SCORE, "gmm.so", "gmm.so': no such file");
  ck_assert(!search_is_path(".so") && !search_is_path("so"));
}
END_TEST

START_TEST(path_to_nothing_suggests_the_file_with_so) {
  put("score/nan_score", "x/nan_score.so");
  misses(KAC_SCORE, "x/nan_score", ": no such file");
  says("did you mean '%s'?", in_folder("x/nan_score.so"));
}
END_TEST

START_TEST(path_to_another_kind_or_component_is_said) {
  put("score/nan_score", "x/nan_score.so");
  misses(KAC_POTENTIAL, "x/nan_score.so",
         "'nan_score' is a score, not a potential");
  misses(KAC_SCORE, "x/nan_score.so:gmm", "it holds 'nan_score', not 'gmm'");
}
END_TEST

/* --- any kind ------------------------------------------------------------- */

START_TEST(any_kind_finds_what_is_unique) {
  put("score/nan_score", "a/score/nan_score.so");
  add("a");
  const kac_component *component = find(0, "nan_score", NULL);
  ck_assert_msg(component != NULL, "%s", diag_text(diag));
  ck_assert_uint_eq(component->kind, KAC_SCORE);
  ck_assert_ptr_eq(find(0, "a/score/nan_score.so", NULL), component);
  misses(0, "nan_scor", "no plugin 'nan_scor'; did you mean 'nan_score'?");
  says("no 'nan_scor.so' of any kind");
}
END_TEST

START_TEST(any_kind_refuses_what_is_ambiguous) {
  put("score/nan_score", "a/score/x.so");
  put("potential/nan_potential", "a/potential/x.so");
  add("a");
  misses(0, "x",
         "'x' is a score and a potential: write 'score/x' or "
         "'potential/x'");
}
END_TEST

/* --- list ----------------------------------------------------------------- */

struct listing {
  char text[4096];
  size_t used;
};

static void note(void *context, const struct search_entry *entry) {
  struct listing *listing = context;
  int n = snprintf(listing->text + listing->used,
                   sizeof listing->text - listing->used, "%s/%s %s %s %s\n",
                   kind_names[entry->kind], entry->name,
                   entry->component ? entry->component->version : "-",
                   entry->shadowed_by ? entry->shadowed_by : "-",
                   entry->why ? entry->why : "-");
  listing->used += (size_t)n;
}

START_TEST(list_shows_shadowed_and_unusable_files_in_order) {
  struct listing all = {"", 0}, scores = {"", 0};
  put("score/unwritten", "a/score/unwritten.so");
  put("score/nan_score", "a/score/nan_score.so");
  put("score/nan_score", "b/score/nan_score.so");
  put("score/nan_score", "b/score/Odd.so");
  put("potential/missing_function", "b/potential/missing_function.so");
  put("potential/wrong_name", "b/potential/wrong_name.so");
  add("a");
  add("b");
  search_list(&search, 0, note, &all);
  const char *wanted = arena_format(
      arena,
      "score/nan_score 1.0 - -\n"
      "score/unwritten 1.0 - -\n"
      "score/Odd - - its file name is not [a-z][a-z0-9_]*.so\n"
      "score/nan_score 1.0 %s -\n"
      "potential/missing_function - - function 'eval' is NULL, a potential "
      "requires it\n"
      "potential/wrong_name - - it holds 'another_name', not 'wrong_name'; "
      "write plugin = \"%s:another_name\"\n",
      in_folder("a/score/nan_score.so"),
      in_folder("b/potential/wrong_name.so"));
  ck_assert_str_eq(all.text, wanted);
  search_list(&search, KAC_POTENTIAL, note, &scores);
  ck_assert_ptr_null(strstr(scores.text, "score/"));
  ck_assert_ptr_nonnull(strstr(scores.text, "potential/wrong_name"));
}
END_TEST

static void add_tests(TCase *cases) {
  tcase_add_test(cases, first_folder_wins_and_module_is_loaded_once);
  tcase_add_test(cases, one_file_by_two_paths_is_one_module);
  tcase_add_test(cases, broken_first_copy_is_an_error_not_passed_over);
  tcase_add_test(cases, refused_plugin_stays_refused);
  tcase_add_test(cases, nearest_name_of_the_kind_is_suggested);
  tcase_add_test(cases, each_folder_says_why_it_has_no_candidate);
  tcase_add_test(cases, name_of_another_kind_is_said);
  tcase_add_test(cases, plugin_in_the_folder_of_another_kind_is_said);
  tcase_add_test(cases, component_of_another_name_needs_to_be_named);
  tcase_add_test(cases, dangling_link_and_folder_decide_and_are_said);
  tcase_add_test(cases, name_without_folders_and_name_with_a_dot_are_explained);
  tcase_add_test(cases, path_is_relative_to_base);
  tcase_add_test(cases, file_name_of_one_component_is_a_path);
  tcase_add_test(cases, path_to_nothing_suggests_the_file_with_so);
  tcase_add_test(cases, path_to_another_kind_or_component_is_said);
  tcase_add_test(cases, any_kind_finds_what_is_unique);
  tcase_add_test(cases, any_kind_refuses_what_is_ambiguous);
  tcase_add_test(cases, list_shows_shadowed_and_unusable_files_in_order);
}

int main(void) {
  Suite *suite = suite_create("search");
  TCase *cases = tcase_create("search");
  tcase_add_checked_fixture(cases, set_up, tear_down);
  add_tests(cases);
  suite_add_tcase(suite, cases);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
