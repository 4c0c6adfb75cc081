/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which files of a config go into run.json, and with which hash. */
#include "output/inputs.h"

#include "config_fixture.h"
#include "sampler_fixture.h"

/* Of "abc" and of the line "0 1", by sha256sum. */
static const char *const of_abc =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
static const char *const of_means =
    "a79122992d53d358e6bbbbb98883d64fa0c15df3bcb08ff7b65a0580870af424";

/* A mean in a file, named in two ways; an observer's file is written, not
 * read; a note is no file.  The pipeline, checked. */
static const char text[] =
    "state = { particles = 2; dim = 1; };"
    "schedule = { plugin = \"ve\"; };"
    "time = { steps = 8; };"
    "scores = ({ id = \"a\"; plugin = \"gaussian\"; mean_file = \"m.txt\"; },"
    "          { id = \"b\"; plugin = \"gaussian\"; mean = \"m.txt\"; });"
    "target = ({ score = \"a\"; }, { score = \"b\"; });"
    "integrators = ({ plugin = \"euler_maruyama\"; });"
    "observers = ({ plugin = \"xyz\"; file = \"out.xyz\"; });"
    "population = { particles = 10; };";

static struct rig rig;
static struct settings settings;
static struct inputs inputs;

static void open_rig(const char *base) {
  write_text("m.txt", "0 1\n");
  ck_assert_msg(rig_check(&rig, text), "%s", diag_text(rig.diag));
  if (base) rig.pipeline.base = base;
  ck_assert(settings_collect(&settings, &rig.pipeline));
}

static void read_inputs(void) {
  ck_assert(inputs_read(&inputs, &rig.pipeline, &settings));
}

static void close_rig(void) {
  settings_free(&settings);
  rig_close(&rig);
}

static void expect_input(const struct input *input, const char *setting,
                         const char *path, uint64_t size, const char *sha256) {
  char *real = realpath(path, NULL);
  ck_assert_ptr_nonnull(input);
  ck_assert_str_eq(input->setting, setting);
  ck_assert_str_eq(input->path, real ? real : path);
  ck_assert_str_eq(input->sha256, sha256);
  ck_assert_uint_eq(input->size, size);
  free(real);
}

START_TEST(files_that_are_read_are_hashed) {
  open_rig(NULL);
  read_inputs();
  const struct input *input = inputs.first;
  expect_input(input, "scores[0].mean_file", "m.txt", 4, of_means);
  expect_input(input->next, "scores[1].mean", "m.txt", 4, of_means);
  ck_assert_ptr_null(input->next->next);
  close_rig();
}
END_TEST

START_TEST(paths_are_those_of_the_config) {
  open_rig("sub");
  ck_assert_int_eq(mkdir("sub", 0700), 0);
  write_text("sub/m.txt", "abc");
  read_inputs();
  expect_input(inputs.first, "scores[0].mean_file", "sub/m.txt", 3, of_abc);
  close_rig();
}
END_TEST

START_TEST(what_has_gone_has_no_hash) {
  open_rig(NULL);
  ck_assert_int_eq(unlink("m.txt"), 0);
  read_inputs();
  expect_input(inputs.first, "scores[0].mean_file", "./m.txt", 0, "");
  ck_assert_int_eq(mkdir("m.txt", 0700), 0);
  read_inputs();
  expect_input(inputs.first, "scores[0].mean_file", "m.txt", 0, "");
  close_rig();
}
END_TEST

static char *print(const struct inputs *some) {
  char *out_text = NULL;
  size_t bytes;
  struct json json;
  FILE *out = open_memstream(&out_text, &bytes);
  json_start(&json, out);
  json_object(&json, NULL);
  inputs_json(&json, some);
  json_end(&json);
  fclose(out);
  return out_text;
}

START_TEST(they_are_told_as_json) {
  struct input gone = {NULL, "start.file", "/gone", 0, ""};
  struct input there = {&gone, "scores[0].file", "/x", 3, ""};
  memcpy(there.sha256, of_abc, SHA256_TEXT);
  char *none = print(NULL), *two = print(&(struct inputs){&there});
  ck_assert_ptr_nonnull(strstr(none, "\"inputs\": []"));
  ck_assert_ptr_nonnull(strstr(two, "\"setting\": \"scores[0].file\""));
  ck_assert_ptr_nonnull(strstr(two, "\"size\": 3"));
  ck_assert_ptr_nonnull(strstr(two, of_abc));
  ck_assert_ptr_nonnull(strstr(two, "\"path\": \"/gone\""));
  ck_assert_ptr_nonnull(strstr(two, "\"sha256\": null"));
  free(none);
  free(two);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("inputs");
  TCase *files = tcase_create("files");
  tcase_add_checked_fixture(files, set_up, tear_down);
  tcase_add_test(files, files_that_are_read_are_hashed);
  tcase_add_test(files, paths_are_those_of_the_config);
  tcase_add_test(files, what_has_gone_has_no_hash);
  tcase_add_test(files, they_are_told_as_json);
  suite_add_tcase(suite, files);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int n_failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
