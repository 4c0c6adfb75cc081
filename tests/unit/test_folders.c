/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The folders that plugins are searched in: order, origin, and what relative
 * and empty elements mean. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plugin/search.h"

static struct arena *arena;
static struct search search;

static void set_up(void) {
  arena = arena_new();
  search = (struct search){.arena = arena};
  unsetenv("KAC_PLUGIN_PATH");
}

static void tear_down(void) {
  arena_free(arena);
}

START_TEST(folders_keep_their_order_and_empty_elements_are_ignored) {
  search_add(&search, "/b::/a:", "--plugin-path", NULL);
  search_add(&search, "", "--plugin-path", NULL);
  search_add(&search, "/a", "config", NULL);
  ck_assert_uint_eq(search.n_folders, 2);
  ck_assert_str_eq(search.folders[0].path, "/b");
  ck_assert_str_eq(search.folders[1].path, "/a");
  ck_assert_str_eq(search.folders[1].origin, "--plugin-path");
}
END_TEST

START_TEST(relative_folders_are_taken_from_base) {
  char *here = getcwd(NULL, 0);
  search_add(&search, "x", "config", "/base");
  search_add(&search, "x", "config", "conf");
  search_add(&search, "x", "config", NULL);
  ck_assert_str_eq(search.folders[0].path, "/base/x");
  ck_assert_str_eq(search.folders[1].path,
                   arena_format(arena, "%s/conf/x", here));
  ck_assert_str_eq(search.folders[2].path, arena_format(arena, "%s/x", here));
  free(here);
}
END_TEST

START_TEST(environment_and_installed_folder_follow) {
  ck_assert_int_eq(setenv("KAC_PLUGIN_PATH", "/e1:/e2", 1), 0);
  search_add_environment(&search);
  search_add_installed(&search);
  ck_assert_uint_eq(search.n_folders, 3);
  ck_assert_str_eq(search.folders[1].path, "/e2");
  ck_assert_str_eq(search.folders[1].origin, "KAC_PLUGIN_PATH");
  ck_assert_str_eq(search.folders[2].origin, "installed");
}
END_TEST

START_TEST(more_folders_than_the_limit_are_left_out_and_said) {
  for (int i = 0; i < 70; i++)
    search_add(&search, arena_format(arena, "/none/%d", i), "config", NULL);
  ck_assert_uint_eq(search.n_folders, 64);
  struct diag *diag = diag_new();
  ck_assert_ptr_null(search_find(&search, KAC_SCORE, "x", NULL,
                                 (struct place){NULL, 0}, diag, NULL));
  ck_assert_ptr_nonnull(
      strstr(diag_text(diag), "no more than 64 folders are searched"));
  diag_free(diag);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("folders");
  TCase *cases = tcase_create("folders");
  tcase_add_checked_fixture(cases, set_up, tear_down);
  tcase_add_test(cases,
                 folders_keep_their_order_and_empty_elements_are_ignored);
  tcase_add_test(cases, relative_folders_are_taken_from_base);
  tcase_add_test(cases, environment_and_installed_folder_follow);
  tcase_add_test(cases, more_folders_than_the_limit_are_left_out_and_said);
  suite_add_tcase(suite, cases);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
