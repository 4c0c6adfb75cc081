/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tests of the config layer share: an arena and a diag per test, a
 * scratch folder that is the working folder, and files in it. */
#ifndef KAC_TESTS_CONFIG_FIXTURE_H
#define KAC_TESTS_CONFIG_FIXTURE_H
#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/diag.h"
#include "memory.h"

static struct arena *arena;
static struct diag *diag;
static char scratch[64];

static void set_up(void) {
  arena = arena_new();
  diag = diag_new();
  strcpy(scratch, "kac-test-XXXXXX");
  ck_assert_ptr_nonnull(mkdtemp(scratch));
  ck_assert_int_eq(chdir(scratch), 0);
}

static void remove_files(const char *folder) {
  char path[512];
  DIR *list = opendir(folder);
  for (struct dirent *e = list ? readdir(list) : NULL; e; e = readdir(list)) {
    if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
    snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
    if (unlink(path) != 0) remove_files(path);
  }
  if (list) closedir(list);
  rmdir(folder);
}

static void tear_down(void) {
  ck_assert_int_eq(chdir(".."), 0);
  remove_files(scratch);
  diag_free(diag);
  arena_free(arena);
}

__attribute__((unused)) static void write_bytes(const char *path,
                                                const void *bytes, size_t n) {
  FILE *file = fopen(path, "wb");
  ck_assert_ptr_nonnull(file);
  ck_assert_uint_eq(fwrite(bytes, 1, n, file), n);
  ck_assert_int_eq(fclose(file), 0);
}

__attribute__((unused)) static void write_text(const char *path,
                                               const char *text) {
  write_bytes(path, text, strlen(text));
}

/* n times the same text, in the arena. */
__attribute__((unused)) static char *repeat(const char *text, size_t n) {
  size_t bytes = strlen(text);
  char *all = arena_alloc(arena, n * bytes + 1);
  for (size_t i = 0; i < n; i++) memcpy(all + i * bytes, text, bytes);
  return all;
}

__attribute__((unused)) static void forget_messages(void) {
  diag_free(diag);
  diag = diag_new();
}

__attribute__((unused)) static int run_suite(const char *name,
                                             const TTest *const *tests,
                                             size_t n) {
  Suite *suite = suite_create(name);
  TCase *tcase = tcase_create(name);
  tcase_set_timeout(tcase, 60); /* sanitizers on a loaded machine */
  tcase_add_checked_fixture(tcase, set_up, tear_down);
  for (size_t i = 0; i < n; i++) tcase_add_test(tcase, tests[i]);
  suite_add_tcase(suite, tcase);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int n_failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

#define RUN_SUITE(name, tests) \
  run_suite(name, tests, sizeof(tests) / sizeof((tests)[0]))

#endif
