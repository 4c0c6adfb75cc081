/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ends of a process that does the work of strangers, and the folder in which
 * it may write. */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conform/child.h"
#include "conform/empty_folder.h"

enum work {
  RETURNS,
  RETURNS_TWICE,
  LEAVES,
  LEAVES_BADLY,
  EXITS,
  DIES,
  WAITS,
  HIDES,
  PRINTS,
  FLOODS
};
struct shared {
  enum work work;
  volatile int n;
};

static void hide(void) {
  (void)!setpgid(0, getpgid(getppid()));
  for (;;) pause();
}

static void print_for_ever(void) {
  for (;;)
    if (write(STDOUT_FILENO, "again and again\n", 16) != 16) _exit(1);
}

static void do_work(void *context) {
  struct shared *shared = context;
  shared->n++;
  switch (shared->work) {
    case RETURNS_TWICE:
      if (fork() < 0) exit(1);
      break;
    case LEAVES_BADLY:
      if (atexit(abort) != 0) exit(1);
      child_exit();
    case LEAVES:
      child_exit();
    case EXITS:
      exit(7);
    case DIES:
      signal(SIGUSR1, SIG_DFL);
      raise(SIGUSR1);
      break;
    case WAITS:
      for (;;) pause();
    case HIDES:
      hide();
      break;
    case PRINTS:
      (void)!write(STDOUT_FILENO, "one\n", 4);
      (void)!write(STDERR_FILENO, "two\n", 4);
      exit(0);
    case FLOODS:
      print_for_ever();
      break;
    default:
      break;
  }
}

static struct child end_of(enum work work, double limit) {
  struct shared *shared = child_share(sizeof *shared);
  ck_assert_ptr_nonnull(shared);
  shared->work = work;
  struct child child = child_run(do_work, shared, limit);
  ck_assert_int_eq(shared->n, 1);
  child_unshare(shared, sizeof *shared);
  return child;
}

START_TEST(child_says_how_it_ended) {
  ck_assert_int_eq(end_of(RETURNS, 20).end, CHILD_DONE);
  ck_assert_int_eq(end_of(RETURNS_TWICE, 20).end, CHILD_DONE);
  struct child child = end_of(EXITS, 20);
  ck_assert_int_eq(child.end, CHILD_EXITED);
  ck_assert_int_eq(child.number, 7);
  child = end_of(DIES, 20);
  ck_assert_int_eq(child.end, CHILD_KILLED);
  ck_assert_int_eq(child.number, SIGUSR1);
}
END_TEST

START_TEST(child_exit_runs_what_waits_for_the_end) {
  ck_assert_int_eq(end_of(LEAVES, 20).end, CHILD_DONE);
  struct child child = end_of(LEAVES_BADLY, 20);
  ck_assert_int_eq(child.end, CHILD_KILLED);
  ck_assert_int_eq(child.number, SIGABRT);
}
END_TEST

START_TEST(child_is_stopped_wherever_it_hides) {
  struct child child = end_of(WAITS, 0.2);
  ck_assert_int_eq(child.end, CHILD_LATE);
  ck_assert(child.seconds >= 0.2 && child.seconds < 10);
  ck_assert_int_eq(end_of(HIDES, 0.2).end, CHILD_LATE);
  ck_assert_int_eq(end_of(FLOODS, 60).end, CHILD_FLOODS);
}
END_TEST

START_TEST(child_brings_what_it_printed) {
  struct child child = end_of(PRINTS, 20);
  ck_assert_int_eq(child.end, CHILD_EXITED);
  ck_assert_str_eq(child.printed, "one two ");
  ck_assert_str_eq(end_of(RETURNS, 20).printed, "");
}
END_TEST

static void write_into(const char *folder, const char *name) {
  char path[EMPTY_FOLDER_MAX + 32];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *out = fopen(path, "w");
  ck_assert_ptr_nonnull(out);
  fclose(out);
}

START_TEST(empty_folder_goes_with_all_that_is_in_it) {
  char path[EMPTY_FOLDER_MAX], inside[EMPTY_FOLDER_MAX + 32];
  struct stat info;
  empty_folder_make(path);
  ck_assert_str_ne(path, "");
  snprintf(inside, sizeof inside, "%s/results", path);
  ck_assert_int_eq(mkdir(inside, 0700), 0);
  write_into(path, "a");
  write_into(inside, "b");
  empty_folder_remove(path);
  ck_assert_int_ne(stat(path, &info), 0);
}
END_TEST

START_TEST(empty_folder_is_made_where_the_user_says) {
  char here[4096], path[EMPTY_FOLDER_MAX];
  ck_assert_ptr_nonnull(getcwd(here, sizeof here));
  if (strlen(here) > EMPTY_FOLDER_MAX / 2) return;
  setenv("TMPDIR", here, 1);
  empty_folder_make(path);
  ck_assert_int_eq(strncmp(path, here, strlen(here)), 0);
  empty_folder_remove(path);
  setenv("TMPDIR", "/there/is/no/such/folder", 1);
  empty_folder_make(path);
  ck_assert_str_eq(path, "");
  empty_folder_remove(path);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("child");
  TCase *tests = tcase_create("child");
  tcase_add_test(tests, child_says_how_it_ended);
  tcase_add_test(tests, child_exit_runs_what_waits_for_the_end);
  tcase_add_test(tests, child_is_stopped_wherever_it_hides);
  tcase_add_test(tests, child_brings_what_it_printed);
  tcase_add_test(tests, empty_folder_goes_with_all_that_is_in_it);
  tcase_add_test(tests, empty_folder_is_made_where_the_user_says);
  suite_add_tcase(suite, tests);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
