/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loading one plugin file: every reason to refuse it is provoked once, by the
 * broken plugins of tests/fixtures (in KAC_FIXTURES) or by a file made here.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1 /* mkdtemp, memmem */
#endif
#include <check.h>
#include <elf.h>
#include <fcntl.h>
#include <float.h>
#include <fenv.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugin/component.h"
#include "plugin/load.h"

enum { PATH_BYTES = 4096, WHY_BYTES = 512 };

/* One test's arena, messages and folder for the files that it makes. */
static struct arena *arena;
static struct diag *diag;
static char folder[PATH_BYTES], why[WHY_BYTES];

static void set_up(void) {
  arena = arena_new();
  diag = diag_new();
  ck_assert_ptr_nonnull(getcwd(folder, sizeof folder - 32));
  strcat(folder, "/kac_load_XXXXXX");
  ck_assert_ptr_nonnull(mkdtemp(folder));
  why[0] = '\0';
}

static void tear_down(void) {
  char command[PATH_BYTES + 16];
  snprintf(command, sizeof command, "rm -rf '%s'", folder);
  ck_assert_int_eq(system(command), 0);
  diag_free(diag);
  arena_free(arena);
}

static const char *fixture(const char *name) {
  const char *root = getenv("KAC_FIXTURES");
  ck_assert_msg(root != NULL, "KAC_FIXTURES is not set");
  return arena_format(arena, "%s/%s.so", root, name);
}

static const char *in_folder(const char *name) {
  return arena_format(arena, "%s/%s", folder, name);
}

static struct module *load(const char *path) {
  return load_module(arena, path, NULL, why, sizeof why);
}

static void refuses(const char *path, const char *text) {
  ck_assert_msg(load(path) == NULL, "%s was loaded", path);
  ck_assert_msg(strstr(why, text) != NULL, "%s: '%s' lacks '%s'", path, why,
                text);
}

struct bytes {
  char *data;
  size_t n;
};

static struct bytes read_fixture(const char *name) {
  struct stat info;
  int fd = open(fixture(name), O_RDONLY);
  ck_assert_int_ge(fd, 0);
  ck_assert_int_eq(fstat(fd, &info), 0);
  struct bytes bytes = {NULL, (size_t)info.st_size};
  bytes.data = arena_alloc(arena, bytes.n);
  ck_assert_int_eq(read(fd, bytes.data, bytes.n), (ssize_t)bytes.n);
  close(fd);
  return bytes;
}

static const char *write_file(const char *name, const void *data, size_t n) {
  const char *path = in_folder(name);
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  ck_assert_int_ge(fd, 0);
  ck_assert_int_eq(write(fd, data, n), (ssize_t)n);
  close(fd);
  return path;
}

static const char *copy_fixture(const char *name) {
  struct bytes bytes = read_fixture(name);
  return write_file("copy.so", bytes.data, bytes.n);
}

/* --- good ones ------------------------------------------------------------ */

START_TEST(good_plugin_is_described_by_its_module) {
  struct module *module = load(fixture("score/nan_score"));
  ck_assert_msg(module != NULL, "%s", why);
  ck_assert_str_eq(module->component->name, "nan_score");
  ck_assert_uint_eq(module->component->kind, KAC_SCORE);
  ck_assert_ptr_eq(module->component, module->data->components[0]);
  ck_assert_int_eq(module->path[0], '/');
  ck_assert_uint_ne(module->inode, 0);
}
END_TEST

START_TEST(plugin_of_an_older_minor_loads) {
  ck_assert_msg(load(fixture("score/old_minor_ok")) != NULL, "%s", why);
}
END_TEST

START_TEST(faults_that_show_only_in_a_run_load) {
  static const char *const names[] = {
      "potential/nan_potential", "potential/inf_potential",
      "potential/fail_create",   "score/unwritten",
      "resampler/bad_resampler", "potential/wrong_name"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    ck_assert_msg(load(fixture(names[i])) != NULL, "%s: %s", names[i], why);
  ck_assert_uint_eq(diag_errors(diag), 0);
}
END_TEST

/* --- broken plugins ------------------------------------------------------- */

static const struct {
  const char *name, *text;
} broken[] = {
    {"no_entry", "no symbol 'kac_module_v1': not a kac plugin"},
    {"wrong_major", "built for plugin ABI 2, this kac speaks 1"},
    {"next_major", "built for plugin ABI 2, this kac speaks 1"},
    {"newer_minor", "needs plugin ABI 1.7, this kac speaks 1."},
    {"bad_table_duplicate", "parameter 'a': declared twice"},
    {"bad_table_offset",
     "parameter 'a': bytes 8 to 16 lie outside the config struct of 8 bytes"},
    {"bad_table_default", "parameter 'a': default 5 is outside [0, 1]"},
    {"missing_function", "function 'eval' is NULL, a potential requires it"},
    {"undefined_symbol", "undefined symbol: kac_test_nobody_has_this"},
    {"bad_struct_size", "component: struct_size is 4294967295, expected"},
    {"reserved_key", "parameter 'strength': this key belongs to the host"}};

START_TEST(broken_plugin_is_refused_with_its_reason) {
  refuses(fixture(arena_format(arena, "potential/%s", broken[_i].name)),
          broken[_i].text);
}
END_TEST

/* valgrind keeps subnormals whatever MXCSR says. */
static bool can_flush(void) {
#if defined(__x86_64__)
  fenv_t saved, flushing;
  fegetenv(&saved);
  flushing = saved;
  flushing.__mxcsr |= 0x8000u;
  fesetenv(&flushing);
  volatile double tiny = DBL_MIN;
  volatile double half = tiny / 2; /* not to be moved behind fesetenv */
  fesetenv(&saved);
  return half <= 0;
#else
  return true;
#endif
}

START_TEST(fast_math_is_refused_and_the_environment_restored) {
  volatile double tiny = DBL_MIN;
  if (!can_flush()) {
    puts("skipped: this machine does not flush subnormals");
    return;
  }
  refuses(fixture("potential/fast_math"),
          "after loading: built with -ffast-math?");
#if defined(__x86_64__)
  ck_assert_ptr_nonnull(strstr(why, "flush-to-zero is switched on"));
#endif
  ck_assert_double_gt(tiny / 2, 0);
  ck_assert_int_eq(fegetround(), FE_TONEAREST);
}
END_TEST

static const struct {
  const char *fault, *text;
} bad_modules[] = {
    {"null", "kac_module_v1 gave no module"},
    {"magic", "magic number 0x12345678, expected 0x6b616331"},
    {"small", "module: struct_size is 16, expected 24"},
    {"absurd", "module: struct_size is 4294967295, expected 24"},
    {"empty", "the module holds no component"},
    {"twice", "two components are called 'bad_module'"},
    {"many", "more than 64 components"},
    {"rounding", "the rounding mode is changed after its entry function"}};

START_TEST(bad_module_is_refused_with_its_reason) {
  ck_assert_int_eq(setenv("KAC_BAD_MODULE", bad_modules[_i].fault, 1), 0);
  refuses(fixture("potential/bad_module"), bad_modules[_i].text);
  ck_assert_int_eq(fegetround(), FE_TONEAREST);
}
END_TEST

/* --- files ---------------------------------------------------------------- */

START_TEST(missing_file_is_said) {
  refuses(in_folder("none.so"), "No such file or directory");
}
END_TEST

START_TEST(dangling_link_and_link_loop_are_said) {
  ck_assert_int_eq(symlink("nowhere", in_folder("dangling.so")), 0);
  ck_assert_int_eq(symlink("loop.so", in_folder("loop.so")), 0);
  refuses(in_folder("dangling.so"), "No such file or directory");
  refuses(in_folder("loop.so"), "Too many levels of symbolic links");
}
END_TEST

START_TEST(folder_and_fifo_are_no_plugins) {
  ck_assert_int_eq(mkdir(in_folder("x.so"), 0755), 0);
  ck_assert_int_eq(mkfifo(in_folder("f.so"), 0644), 0);
  refuses(in_folder("x.so"), "a folder, not a file");
  refuses(in_folder("f.so"), "not a regular file");
}
END_TEST

START_TEST(text_and_empty_files_are_not_shared_libraries) {
  static const char script[] =
      "#!/bin/sh\necho I am called x.so but a script, "
      "and long enough for an ELF header\n";
  refuses(write_file("x.so", script, sizeof script - 1),
          "not a shared library: it has no ELF header");
  refuses(write_file("y.so", script, 3),
          "not a shared library: it has no ELF header");
  refuses(write_file("z.so", "", 0), "not a shared library: it is empty");
}
END_TEST

START_TEST(truncation_at_any_length_is_refused_alive) {
  struct bytes bytes = read_fixture("score/nan_score");
  refuses(write_file("t.so", bytes.data, 20), "truncated: an ELF header alone");
  for (size_t n = sizeof(ElfW(Ehdr)); n < bytes.n; n += 997)
    refuses(write_file("t.so", bytes.data, n), "truncated or damaged");
  refuses(write_file("t.so", bytes.data, bytes.n - 1), "truncated or damaged");
}
END_TEST

START_TEST(other_machine_is_named) {
  struct bytes bytes = read_fixture("score/nan_score");
  ElfW(Ehdr) *head = (void *)bytes.data;
  ElfW(Half) own = head->e_machine;
  head->e_machine = own == EM_AARCH64 ? EM_RISCV : EM_AARCH64;
  refuses(write_file("a.so", bytes.data, bytes.n),
          own == EM_AARCH64 ? "built for riscv (64 bit, little endian), this "
                              "kac for aarch64"
                            : "built for aarch64 (64 bit");
  head->e_machine = EM_386;
  head->e_ident[EI_CLASS] = ELFCLASS32;
  refuses(write_file("b.so", bytes.data, bytes.n), "built for i386 (32 bit");
  head->e_ident[EI_DATA] = ELFDATA2MSB;
  head->e_machine = 0x1234;
  refuses(write_file("c.so", bytes.data, bytes.n),
          "built for another machine (32 bit, big endian)");
}
END_TEST

START_TEST(elf_file_of_another_type_is_refused) {
  struct bytes bytes = read_fixture("score/nan_score");
  ElfW(Ehdr) *head = (void *)bytes.data;
  head->e_type = ET_REL;
  refuses(write_file("o.so", bytes.data, bytes.n),
          "an ELF file, but not a shared library (type 1)");
}
END_TEST

START_TEST(missing_dependency_is_said) {
  struct bytes bytes = read_fixture("score/nan_score");
  char *name = memmem(bytes.data, bytes.n, "libm.so.6", 9);
  ck_assert_msg(name != NULL, "the fixture does not need libm");
  memcpy(name, "libq.so.6", 9);
  refuses(write_file("d.so", bytes.data, bytes.n),
          "a library that it needs is missing: libq.so.6");
}
END_TEST

START_TEST(file_that_anyone_can_write_is_refused) {
  const char *path = copy_fixture("score/nan_score");
  ck_assert_int_eq(chmod(path, 0666), 0);
  refuses(path,
          "anyone can write to it (mode 666): refused, chmod o-w it, or "
          "--insecure-plugins takes it");
}
END_TEST

START_TEST(folder_that_anyone_can_write_is_refused) {
  const char *path = copy_fixture("score/nan_score");
  ck_assert_ptr_nonnull(load(path));
  ck_assert_int_eq(chmod(folder, 0777), 0);
  refuses(path,
          "anyone can write to its folder (mode 777): refused, chmod o-w it, "
          "or --insecure-plugins takes it");
  ck_assert_int_eq(chmod(folder, 01777), 0); /* as /tmp */
  ck_assert_ptr_nonnull(load(path));
}
END_TEST

START_TEST(file_and_folder_of_another_user_are_refused) {
  const char *path = copy_fixture("score/nan_score");
  if (geteuid() != 0 || chown(path, 12345, (gid_t)-1) != 0) {
    puts("skipped: only root can give a file away");
    return;
  }
  refuses(path,
          "it belongs to user 12345, neither to you nor to root: refused, "
          "--insecure-plugins takes it");
  ck_assert_int_eq(chown(path, 0, (gid_t)-1), 0);
  ck_assert_int_eq(chown(folder, 12345, (gid_t)-1), 0);
  refuses(path, "its folder belongs to user 12345, neither to you nor to root");
}
END_TEST

START_TEST(insecure_plugins_may_be_asked_for) {
  struct overrides overrides = {0};
  const char *path = copy_fixture("score/nan_score");
  ck_assert_int_eq(chmod(path, 0666), 0);
  ck_assert_ptr_null(load_module(arena, path, &overrides, why, sizeof why));
  overrides.is_given[INSECURE_PLUGINS] = true;
  ck_assert_ptr_nonnull(load_module(arena, path, &overrides, why, sizeof why));
  ck_assert(overrides.is_used[INSECURE_PLUGINS]);
  overrides.is_used[INSECURE_PLUGINS] = false;
  ck_assert_int_eq(chmod(path, 0644), 0);
  ck_assert_ptr_nonnull(load_module(arena, path, &overrides, why, sizeof why));
  ck_assert(!overrides.is_used[INSECURE_PLUGINS]);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("load");
  TCase *cases = tcase_create("load");
  tcase_add_checked_fixture(cases, set_up, tear_down);
  tcase_add_test(cases, good_plugin_is_described_by_its_module);
  tcase_add_test(cases, plugin_of_an_older_minor_loads);
  tcase_add_test(cases, faults_that_show_only_in_a_run_load);
  tcase_add_loop_test(cases, broken_plugin_is_refused_with_its_reason, 0,
                      (int)(sizeof broken / sizeof broken[0]));
  tcase_add_loop_test(cases, bad_module_is_refused_with_its_reason, 0,
                      (int)(sizeof bad_modules / sizeof bad_modules[0]));
  tcase_add_test(cases, fast_math_is_refused_and_the_environment_restored);
  tcase_add_test(cases, missing_file_is_said);
  tcase_add_test(cases, dangling_link_and_link_loop_are_said);
  tcase_add_test(cases, folder_and_fifo_are_no_plugins);
  tcase_add_test(cases, text_and_empty_files_are_not_shared_libraries);
  tcase_add_test(cases, truncation_at_any_length_is_refused_alive);
  tcase_add_test(cases, other_machine_is_named);
  tcase_add_test(cases, elf_file_of_another_type_is_refused);
  tcase_add_test(cases, missing_dependency_is_said);
  tcase_add_test(cases, file_that_anyone_can_write_is_refused);
  tcase_add_test(cases, folder_that_anyone_can_write_is_refused);
  tcase_add_test(cases, file_and_folder_of_another_user_are_refused);
  tcase_add_test(cases, insecure_plugins_may_be_asked_for);
  suite_add_tcase(suite, cases);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
