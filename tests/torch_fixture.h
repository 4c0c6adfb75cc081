/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tests of the torch plugins share: the files that
 * tests/torch_models.cc writes, in a scratch folder, and their parameters.
 * All tests of a program run in one process, because libtorch takes half a
 * second to load. */
#ifndef KAC_TESTS_TORCH_FIXTURE_H
#define KAC_TESTS_TORCH_FIXTURE_H
#include "plugin_fixture.h"
#include "unit/config_fixture.h"

/* Before each test case; the folder is made once. */
static void start(void) {
  char command[4096];
  if (scratch[0]) return;
  const char *folder = getenv("KAC_BUILDDIR");
  set_up();
  ck_assert_ptr_nonnull(folder);
  snprintf(command, sizeof command, "'%s/tests/torch_models' .", folder);
  ck_assert_int_eq(system(command), 0);
}

/* Behind all of them, where nothing can be asserted. */
static void leave(void) {
  if (!scratch[0] || chdir("..") != 0) return;
  remove_files(scratch);
  diag_free(diag);
  arena_free(arena);
}

/* name: of a .pt file, or of a file with its extension. */
static inline void open_file(struct fixture *f, const char *kind,
                             const char *name) {
  static char path[64];
  const char *text = path;
  snprintf(path, sizeof path, "%s%s", name, strchr(name, '.') ? "" : ".pt");
  fixture_open(f, kind, "torch");
  memcpy(fixture_at(f, "file", KAC_T_STRING), &text, sizeof text);
}

static inline void choose(struct fixture *f, const char *name,
                          const char *value) {
  const kac_param *p = fixture_param(f, name);
  int64_t index = 0;
  const char *at = p->text;
  size_t length = strlen(value);
  while (strncmp(at, value, length) != 0 || (at[length] && at[length] != '|')) {
    at = strchr(at, '|');
    ck_assert_msg(at != NULL, "%s is no choice", value);
    at++;
    index++;
  }
  memcpy(fixture_at(f, name, KAC_T_CHOICE), &index, sizeof index);
}

static inline void add(Suite *suite, const char *name, void (*set)(void),
                       const TTest *const *tests, size_t n) {
  TCase *tcase = tcase_create(name);
  tcase_add_unchecked_fixture(tcase, set, NULL);
  for (size_t i = 0; i < n; i++) tcase_add_test(tcase, tests[i]);
  suite_add_tcase(suite, tcase);
}

#define ADD(suite, name, set, tests) \
  add(suite, name, set, tests, sizeof(tests) / sizeof((tests)[0]))

/* Runs all of a suite in this process, for main. */
static inline int run_here(Suite *suite) {
  SRunner *runner = srunner_create(suite);
  srunner_set_fork_status(runner, CK_NOFORK);
  srunner_run_all(runner, CK_NORMAL);
  int n_failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  leave();
  return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
