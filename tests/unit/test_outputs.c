/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The output folder: what is visible when, who may use it, and what is left
 * when something goes wrong. */
#include "output/outputs.h"

#include <check.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "output/write.h"

static char base[64], folder[96];
static struct fault fault;

static void set_up(void) {
  snprintf(base, sizeof base, "/tmp/kac-test-XXXXXX");
  ck_assert_ptr_nonnull(mkdtemp(base));
  snprintf(folder, sizeof folder, "%s/run", base);
  fault = (struct fault){EXIT_DONE, ""};
}

static void remove_tree(const char *path) {
  DIR *dir = opendir(path);
  if (!dir) return;
  for (struct dirent *entry; (entry = readdir(dir));) {
    char name[512];
    if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
    snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
    if (unlink(name) != 0) remove_tree(name);
  }
  closedir(dir);
  rmdir(path);
}

static void tear_down(void) {
  remove_tree(base);
}

static bool is_there(const char *name) {
  struct stat status;
  char path[256];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return lstat(path, &status) == 0;
}

static void touch(const char *name, const char *text) {
  char path[256];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "w");
  ck_assert_ptr_nonnull(file);
  fputs(text, file);
  fclose(file);
}

static const char *content(const char *name) {
  static char text[64];
  char path[256];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "r");
  ck_assert_ptr_nonnull(file);
  text[fread(text, 1, sizeof text - 1, file)] = '\0';
  fclose(file);
  return text;
}

static size_t n_entries(void) {
  size_t n = 0;
  DIR *dir = opendir(folder);
  if (!dir) return 0;
  while (readdir(dir)) n++;
  closedir(dir);
  return n - 2; /* . and .. */
}

static struct host_outputs *open_folder(bool overwrite) {
  struct host_outputs *outputs = outputs_open(folder, overwrite, &fault);
  ck_assert_msg(outputs != NULL, "%s", fault.text);
  return outputs;
}

static void put(struct host_outputs *outputs, const char *name) {
  int fd = outputs_create(outputs, name, &fault);
  ck_assert_msg(fd >= 0, "%s", fault.text);
  ck_assert(write_all(fd, "new", 3, name, &fault));
  close(fd);
}

START_TEST(files_appear_at_commit_and_not_before) {
  struct host_outputs *outputs = open_folder(false);
  put(outputs, "run.json");
  put(outputs, "samples.npz");
  ck_assert(!is_there("run.json") && !is_there("samples.npz"));
  ck_assert_uint_eq(n_entries(), 3); /* two temporary files and the lock */
  ck_assert(outputs_commit(outputs, &fault));
  outputs_close(outputs);
  ck_assert_str_eq(content("run.json"), "new");
  ck_assert_str_eq(content("samples.npz"), "new");
  ck_assert_uint_eq(n_entries(), 2);
}
END_TEST

START_TEST(without_commit_nothing_is_left) {
  struct host_outputs *outputs = open_folder(false);
  put(outputs, "run.json");
  outputs_close(outputs);
  ck_assert(access(folder, F_OK) != 0); /* we had made it */
  ck_assert_int_eq(mkdir(folder, 0777), 0);
  outputs = open_folder(false);
  put(outputs, "run.json");
  outputs_close(outputs);
  ck_assert_uint_eq(n_entries(), 0);
  ck_assert(access(folder, F_OK) == 0); /* it was the user's */
}
END_TEST

START_TEST(missing_parents_are_made) {
  char deep[160];
  snprintf(deep, sizeof deep, "%s/a/b//c/", base);
  struct host_outputs *outputs = outputs_open(deep, false, &fault);
  ck_assert_msg(outputs != NULL, "%s", fault.text);
  ck_assert(outputs_commit(outputs, &fault));
  outputs_close(outputs);
  ck_assert(access(deep, F_OK) == 0);
}
END_TEST

START_TEST(a_folder_in_use_is_refused_with_the_process) {
  char expected[200];
  struct host_outputs *outputs = open_folder(false);
  snprintf(expected, sizeof expected,
           "output folder '%s' is in use by process %ld", folder,
           (long)getpid());
  ck_assert_ptr_null(outputs_open(folder, true, &fault));
  ck_assert_int_eq(fault.code, EXIT_IN_USE);
  ck_assert_str_eq(fault.text, expected);
  outputs_close(outputs);
  outputs_close(open_folder(false));
}
END_TEST

START_TEST(the_lock_of_a_killed_run_does_not_hold) {
  pid_t child = fork();
  if (child == 0) {
    struct host_outputs *outputs = outputs_open(folder, false, &fault);
    outputs_create(outputs, "samples.npz", &fault);
    raise(SIGKILL);
  }
  waitpid(child, NULL, 0);
  ck_assert(is_there("lock"));
  struct host_outputs *outputs = open_folder(false);
  put(outputs, "samples.npz");
  ck_assert(outputs_commit(outputs, &fault));
  outputs_close(outputs);
}
END_TEST

START_TEST(files_of_killed_runs_are_removed) {
  char dead[64], alive[64];
  pid_t child = fork();
  if (child == 0) _exit(0);
  ck_assert_int_eq(waitpid(child, NULL, 0), child);
  ck_assert_int_eq(mkdir(folder, 0777), 0);
  snprintf(dead, sizeof dead, ".a.tmp.npy.tmp.%ld", (long)child);
  snprintf(alive, sizeof alive, ".a.npy.tmp.%ld", (long)getppid());
  const char *const kept[] = {alive,
                              ".tmp.1x",
                              ".a.tmp.",
                              ".a.npy.tmp.0",
                              "a.tmp.99",
                              ".a.tmp.-7",
                              ".a.tmp.99999999999999999999"};
  const size_t n = sizeof kept / sizeof *kept;
  touch(dead, "half");
  for (size_t i = 0; i < n; i++) touch(kept[i], "mine");
  struct host_outputs *outputs = outputs_open(folder, false, &fault);
  ck_assert_ptr_nonnull(outputs);
  ck_assert(!is_there(dead));
  for (size_t i = 0; i < n; i++)
    ck_assert_msg(is_there(kept[i]), "%s", kept[i]);
  outputs_close(outputs);
}
END_TEST

START_TEST(a_refused_run_removes_nothing) {
  char dead[64];
  pid_t child = fork();
  if (child == 0) _exit(0);
  ck_assert_int_eq(waitpid(child, NULL, 0), child);
  ck_assert_int_eq(mkdir(folder, 0777), 0);
  snprintf(dead, sizeof dead, ".a.tmp.%ld", (long)child);
  touch(dead, "half");
  touch("run.json", "{}");
  ck_assert_ptr_null(outputs_open(folder, false, &fault));
  ck_assert(is_there(dead));
}
END_TEST

START_TEST(a_foreign_file_named_lock_is_left_alone) {
  mkdir(folder, 0777);
  touch("lock", "precious");
  ck_assert_ptr_null(outputs_open(folder, true, &fault));
  ck_assert_int_eq(fault.code, EXIT_FILE);
  ck_assert_str_eq(content("lock"), "precious");
}
END_TEST

START_TEST(a_finished_run_is_kept_unless_overwritten) {
  mkdir(folder, 0777);
  touch("run.json", "old");
  ck_assert_ptr_null(outputs_open(folder, false, &fault));
  ck_assert_int_eq(fault.code, EXIT_FILE);
  ck_assert_ptr_nonnull(strstr(fault.text, "--overwrite"));
  struct host_outputs *outputs = open_folder(true);
  put(outputs, "run.json");
  ck_assert_str_eq(content("run.json"), "old");
  ck_assert(outputs_commit(outputs, &fault));
  outputs_close(outputs);
  ck_assert_str_eq(content("run.json"), "new");
}
END_TEST

START_TEST(a_failed_rerun_keeps_the_run_before) {
  mkdir(folder, 0777);
  touch("run.json", "old");
  struct host_outputs *outputs = open_folder(true);
  put(outputs, "run.json");
  outputs_close(outputs);
  ck_assert_str_eq(content("run.json"), "old");
  ck_assert_uint_eq(n_entries(), 1);
}
END_TEST

START_TEST(what_exists_is_not_replaced_unasked) {
  mkdir(folder, 0777);
  touch("samples.npz", "old");
  struct host_outputs *outputs = open_folder(false);
  ck_assert_int_eq(outputs_create(outputs, "samples.npz", &fault), -1);
  ck_assert_int_eq(fault.code, EXIT_FILE);
  ck_assert_ptr_nonnull(strstr(fault.text, "exists already; --overwrite"));
  outputs_close(outputs);
}
END_TEST

START_TEST(a_link_is_replaced_and_not_followed) {
  char victim[160], link[160];
  mkdir(folder, 0777);
  touch("victim", "old");
  snprintf(victim, sizeof victim, "%s/victim", folder);
  snprintf(link, sizeof link, "%s/samples.npz", folder);
  ck_assert_int_eq(symlink(victim, link), 0);
  struct host_outputs *outputs = open_folder(true);
  put(outputs, "samples.npz");
  ck_assert(outputs_commit(outputs, &fault));
  outputs_close(outputs);
  ck_assert_str_eq(content("victim"), "old");
  ck_assert_str_eq(content("samples.npz"), "new");
}
END_TEST

START_TEST(a_folder_swapped_during_the_run_gets_nothing) {
  char moved[160];
  snprintf(moved, sizeof moved, "%s/moved", base);
  struct host_outputs *outputs = open_folder(false);
  put(outputs, "run.json");
  ck_assert_int_eq(rename(folder, moved), 0);
  ck_assert_int_eq(mkdir(folder, 0777), 0);
  ck_assert(outputs_commit(outputs, &fault));
  outputs_close(outputs);
  ck_assert_uint_eq(n_entries(), 0);
  snprintf(folder, sizeof folder, "%s/moved", base);
  ck_assert_str_eq(content("run.json"), "new");
}
END_TEST

START_TEST(a_failed_rename_takes_all_files_back) {
  struct host_outputs *outputs = open_folder(false);
  put(outputs, "run.json");
  put(outputs, "a");
  put(outputs, "b");
  char path[160];
  snprintf(path, sizeof path, "%s/b", folder);
  ck_assert_int_eq(mkdir(path, 0777), 0);
  ck_assert(!outputs_commit(outputs, &fault));
  ck_assert_int_eq(fault.code, EXIT_FILE);
  ck_assert_ptr_nonnull(strstr(fault.text, "/b': Is a directory"));
  outputs_close(outputs);
  ck_assert(!is_there("a") && !is_there("run.json"));
  ck_assert_uint_eq(n_entries(), 1);
}
END_TEST

START_TEST(a_file_in_the_way_is_named) {
  mkdir(folder, 0777);
  touch("f", "");
  char path[160], expected[256];
  snprintf(path, sizeof path, "%s/f", folder);
  snprintf(expected, sizeof expected,
           "cannot open output folder '%s': Not a directory", path);
  ck_assert_ptr_null(outputs_open(path, false, &fault));
  ck_assert_int_eq(fault.code, EXIT_FILE);
  ck_assert_str_eq(fault.text, expected);
}
END_TEST

START_TEST(names_are_plain_and_given_once) {
  static const char *const bad[] = {"a/b", "", ".hidden", "lock", ".."};
  struct host_outputs *outputs = open_folder(false);
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    ck_assert_int_eq(outputs_create(outputs, bad[i], &fault), -1);
    ck_assert_int_eq(fault.code, EXIT_PLUGIN);
  }
  put(outputs, "a");
  ck_assert_int_eq(outputs_create(outputs, "a", &fault), -1);
  ck_assert_ptr_nonnull(strstr(fault.text, "two parts of the run write"));
  outputs_close(outputs);
}
END_TEST

START_TEST(a_size_limit_is_a_write_error) {
  struct rlimit limit = {2, 2};
  struct host_outputs *outputs = open_folder(false);
  int fd = outputs_create(outputs, "a", &fault);
  signal(SIGXFSZ, SIG_IGN);
  ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
  ck_assert(!write_all(fd, "new", 3, "a", &fault));
  ck_assert_int_eq(fault.code, EXIT_FILE);
  ck_assert_str_eq(fault.text, "cannot write 'a': File too large");
  close(fd);
  outputs_close(outputs);
}
END_TEST

START_TEST(without_a_folder_results_are_still_kept) {
  const double one = 1, two[2] = {2, 3};
  size_t n;
  struct host_outputs *outputs = outputs_open(NULL, false, &fault);
  ck_assert_int_eq(outputs_create(outputs, "a", &fault), -1);
  ck_assert_int_eq(fault.code, EXIT_DONE);
  ck_assert(outputs_add_result(outputs, "moments", "mean", &one, 1));
  ck_assert(outputs_add_result(outputs, "moments", "var", &one, 1));
  ck_assert(outputs_add_result(outputs, "moments", "mean", two, 2));
  const struct host_outputs_result *result = outputs_results(outputs, &n);
  ck_assert_uint_eq(n, 2);
  ck_assert_str_eq(result[0].instance, "moments");
  ck_assert_str_eq(result[0].key, "mean");
  ck_assert_uint_eq(result[0].n, 2);
  ck_assert_double_eq(result[0].value[1], 3);
  ck_assert_str_eq(result[1].key, "var");
  ck_assert(outputs_commit(outputs, &fault));
  ck_assert_ptr_null(outputs_folder(outputs));
  outputs_close(outputs);
  outputs_close(NULL);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("outputs");
  TCase *tests = tcase_create("outputs");
  tcase_add_checked_fixture(tests, set_up, tear_down);
  tcase_add_test(tests, files_appear_at_commit_and_not_before);
  tcase_add_test(tests, without_commit_nothing_is_left);
  tcase_add_test(tests, missing_parents_are_made);
  tcase_add_test(tests, a_folder_in_use_is_refused_with_the_process);
  tcase_add_test(tests, files_of_killed_runs_are_removed);
  tcase_add_test(tests, a_refused_run_removes_nothing);
  tcase_add_test(tests, the_lock_of_a_killed_run_does_not_hold);
  tcase_add_test(tests, a_foreign_file_named_lock_is_left_alone);
  tcase_add_test(tests, a_finished_run_is_kept_unless_overwritten);
  tcase_add_test(tests, a_failed_rerun_keeps_the_run_before);
  tcase_add_test(tests, what_exists_is_not_replaced_unasked);
  tcase_add_test(tests, a_link_is_replaced_and_not_followed);
  tcase_add_test(tests, a_folder_swapped_during_the_run_gets_nothing);
  tcase_add_test(tests, a_failed_rename_takes_all_files_back);
  tcase_add_test(tests, a_file_in_the_way_is_named);
  tcase_add_test(tests, names_are_plain_and_given_once);
  tcase_add_test(tests, a_size_limit_is_a_write_error);
  tcase_add_test(tests, without_a_folder_results_are_still_kept);
  suite_add_tcase(suite, tests);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
