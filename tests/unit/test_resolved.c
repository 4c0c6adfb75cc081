/* SPDX-License-Identifier: GPL-3.0-or-later */
/* resolved.cfg read again gives the tree it was made of, but for paths. */
#include "output/resolved.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const char text[] =
    "seed = 9007199254740993L;\n"
    "big = -2147483649L; small = 2147483647; flag = true;\n"
    "state = { real = 2; };\n"
    "potentials = ( { plugin = \"quadratic\"; center = (0.1, 2.0, -0.0);\n"
    "                 name = \"a\\\"b\\\\c\\n\"; },\n"
    "               { plugin = \"mine/dock.so:dock\"; data_file = \"x.npy\";\n"
    "                 note = \"x.npy\"; tiny = 5e-324; sum = "
    "0.30000000000000004;\n"
    "                 strength = { table = ((0.0, 1.0), (1.0, 1e300)); }; } "
    ");\n"
    "empty = ( ); none = { };\n";

static struct arena *arena;
static struct diag *diag;
static double stiffness = 1.5;
static const kac_param param = {
    .name = "stiffness", .unit = "kT", .type = KAC_T_REAL};
static struct setting items[] = {
    {"potentials[0].stiffness", &param, &stiffness, {NULL, 0}, false},
    {"potentials[0].center", &param, &stiffness, {NULL, 0}, true},
    {"time.steps", &param, &stiffness, {NULL, 0}, false},
    {"time.t_min", &param, &stiffness, {NULL, 0}, true},
    {"time.rho", &param, &stiffness, {NULL, 0}, false},
    {"observers[0].file", &param, &stiffness, {NULL, 0}, false}};
enum { N_ITEMS = sizeof items / sizeof items[0] };
static char *paths[N_ITEMS];
static const struct settings settings = {items, paths, N_ITEMS, N_ITEMS, false};

static void set_up(void) {
  arena = arena_new();
  diag = diag_new();
  for (size_t i = 0; i < N_ITEMS; i++) {
    paths[i] = arena_copy(arena, items[i].path);
    ck_assert_ptr_nonnull(paths[i]);
  }
}

static void tear_down(void) {
  diag_free(diag);
  arena_free(arena);
}

static struct node *parse(const char *config) {
  struct node *root = tree_parse(arena, config, "test", diag);
  ck_assert_msg(root != NULL, "%s\n%s", diag_text(diag), config);
  return root;
}

static char *resolve(const struct node *root, const char *plugin_path) {
  char *out_text = NULL;
  size_t bytes;
  FILE *out = open_memstream(&out_text, &bytes);
  resolved_print(out, &(struct resolved){.root = root,
                                         .settings = &settings,
                                         .config_path = "conf/a\n.cfg",
                                         .base = "/",
                                         .plugin_path = plugin_path,
                                         .seed = 77});
  fclose(out);
  return out_text;
}

static void expect_same(const struct node *a, const struct node *b) {
  ck_assert_int_eq(a->kind, b->kind);
  ck_assert_uint_eq(a->n_children, b->n_children);
  if (a->name) ck_assert_str_eq(a->name, b->name);
  ck_assert_int_eq(a->integer, b->integer);
  ck_assert_int_eq(memcmp(&a->real, &b->real, sizeof a->real), 0);
  if (a->string) {
    size_t n = strlen(b->string), m = strlen(a->string);
    ck_assert_uint_ge(n, m); /* a relative path has got a base in front */
    ck_assert_str_eq(a->string, b->string + n - m);
  }
  for (size_t i = 0; i < a->n_children; i++)
    expect_same(a->child[i], b->child[i]);
}

START_TEST(it_reads_back_as_the_same_tree) {
  struct node *root = parse(text);
  char *again = resolve(root, NULL);
  expect_same(root, parse(again));
  free(again);
}
END_TEST

START_TEST(files_and_plugins_get_absolute_paths) {
  char *again = resolve(parse(text), NULL);
  ck_assert_ptr_nonnull(strstr(again, "plugin = \"quadratic\";"));
  ck_assert_ptr_nonnull(strstr(again, "plugin = \"//mine/dock.so:dock\";"));
  ck_assert_ptr_nonnull(strstr(again, "data_file = \"//x.npy\";"));
  ck_assert_ptr_nonnull(strstr(again, "note = \"x.npy\";"));
  free(again);
}
END_TEST

START_TEST(defaults_are_comments_in_their_group) {
  char *again = resolve(parse(text), NULL);
  ck_assert_ptr_nonnull(
      strstr(again, "\\\\c\\x0a\";\n    # stiffness = 1.5; # kT\n  }"));
  ck_assert_ptr_nonnull(strstr(again,
                               "\n# time = {\n#   steps = 1.5; # kT\n"
                               "#   rho = 1.5; # kT\n# };\n"));
  ck_assert_ptr_nonnull(strstr(again, "## The run of conf/a?.cfg as"));
  free(again);
}
END_TEST

START_TEST(uncommented_defaults_are_settings) {
  char *again = resolve(parse(text), NULL);
  for (char *line = again; line; line = strchr(line, '\n')) {
    line += strspn(line, "\n ");
    if (strncmp(line, "# ", 2) == 0) line[0] = ' ';
  }
  struct node *root = parse(again);
  const struct node *time = node_get(root, "time");
  ck_assert_double_eq(node_get(time, "steps")->real, 1.5);
  ck_assert_double_eq(node_get(time, "rho")->real, 1.5);
  ck_assert_uint_eq(time->n_children, 2);
  const struct node *potential = node_get(root, "potentials")->child[0];
  ck_assert_double_eq(node_get(potential, "stiffness")->real, 1.5);
  ck_assert_ptr_null(node_get(root, "observers"));
  free(again);
}
END_TEST

START_TEST(seed_and_plugin_path_are_always_there) {
  char *again = resolve(parse("a = 1; plugin_path = \"old\";"), "/x:/y");
  struct node *root = parse(again);
  ck_assert_str_eq(node_get(root, "plugin_path")->string, "/x:/y");
  ck_assert_int_eq(node_get(root, "seed")->integer, 77);
  free(again);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("resolved");
  TCase *tests = tcase_create("resolved");
  tcase_add_checked_fixture(tests, set_up, tear_down);
  tcase_add_test(tests, it_reads_back_as_the_same_tree);
  tcase_add_test(tests, files_and_plugins_get_absolute_paths);
  tcase_add_test(tests, defaults_are_comments_in_their_group);
  tcase_add_test(tests, uncommented_defaults_are_settings);
  tcase_add_test(tests, seed_and_plugin_path_are_always_there);
  suite_add_tcase(suite, tests);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
