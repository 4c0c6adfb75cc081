/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The closed schema: values of every type, defaults and origins, and the
 * message for every way to be wrong.  Arrays and ramps are in
 * test_schema_array.c. */
#include "allocation_fault.h"
#include "schema_fixture.h"

/* --- values ----------------------------------------------------------------
 */

START_TEST(what_is_not_given_has_its_default) {
  fills("");
  ck_assert_double_eq(config.stiffness, 1.5);
  ck_assert_int_eq(config.steps, 7);
  ck_assert_int_eq(config.flag, 1);
  ck_assert_int_eq(config.shape, 1);
  ck_assert_str_eq(config.label, "none");
  ck_assert_str_eq(config.path, "");
  ck_assert_uint_eq(config.center.n, 0);
  ck_assert_double_eq(ramp_at(&config.strength, 0.3), 1);
  ck_assert_ptr_null(config.extra);
  ck_assert_int_eq(config.has_steps, 0);
  for (size_t i = 0; i < N_ROWS; i++) ck_assert_ptr_null(origin[i].file);
}
END_TEST

START_TEST(what_is_given_is_filled_with_its_origin) {
  fills(
      "stiffness = 0.25;\nsteps = 12; flag = false; shape = \"round\";\n"
      "label = \"x\"; center = (1, 2.5);\nextra = { y = 1; };");
  ck_assert_double_eq(config.stiffness, 0.25);
  ck_assert_int_eq(config.steps, 12);
  ck_assert_int_eq(config.flag, 0);
  ck_assert_int_eq(config.shape, 0);
  ck_assert_str_eq(config.label, "x");
  ck_assert_double_eq(config.center.data[1], 2.5);
  ck_assert_int_eq(node_get(config.extra, "y")->integer, 1);
  ck_assert_int_eq(config.has_steps, 1);
  ck_assert_int_eq(config.has_center, 1);
  ck_assert_int_eq(origin[ROW_STIFFNESS].line, 1);
  ck_assert_str_eq(origin[ROW_STIFFNESS].file, "run.cfg");
  ck_assert_int_eq(origin[ROW_CENTER].line, 3);
}
END_TEST

START_TEST(no_group_gives_defaults_only) {
  struct schema_part part = {rows, N_ROWS, sizeof rows[0], &config, NULL};
  const struct schema plain = {arena, diag, ".", 0, {NULL, 0}};
  ck_assert(schema_fill(&plain, NULL, AT, "x", &part, 1));
  ck_assert_int_eq(config.steps, 7);
}
END_TEST

START_TEST(integers_and_reals_stand_for_each_other_where_exact) {
  fills("stiffness = 3; steps = 1e3;");
  ck_assert_double_eq(config.stiffness, 3);
  ck_assert_int_eq(config.steps, 1000);
  expect("steps = 64.5;",
         "run.cfg:1: error: steps = 64.5 of potential "
         "'quadratic': must be an integer\n");
  expect("steps = 1e30;",
         "run.cfg:1: error: steps = 1e+30 of potential "
         "'quadratic': must fit 64 bits\n");
}
END_TEST

START_TEST(infinity_is_a_word_where_the_range_allows_it) {
  fills("cutoff = \"inf\";");
  ck_assert(config.cutoff >= HUGE_VAL);
  expect("cutoff = \"-inf\";",
         "run.cfg:1: error: cutoff = \"-inf\" of "
         "potential 'quadratic': must be >= 0\n");
  expect("stiffness = \"inf\";",
         "run.cfg:1: error: stiffness = \"inf\" of "
         "potential 'quadratic': must be >= 0\n");
}
END_TEST

START_TEST(a_wrong_type_is_named_with_the_wanted_one) {
  const struct {
    const char *text, *why;
  } cases[] = {
      {"stiffness = \"a\";",
       "stiffness = \"a\" of potential 'quadratic': must "
       "be a number, not a string"},
      {"stiffness = true;",
       "stiffness = true of potential 'quadratic': must "
       "be a number, not a truth value"},
      {"stiffness = (1);",
       "stiffness of potential 'quadratic': must be a "
       "number, not a list"},
      {"steps = \"64\";",
       "steps = \"64\" of potential 'quadratic': must be an "
       "integer, not a string"},
      {"flag = 1;",
       "flag = 1 of potential 'quadratic': must be true or false, "
       "not an integer"},
      {"label = 0.1;",
       "label = 0.1 of potential 'quadratic': must be a "
       "string, not a real number"},
      {"path = { };",
       "path of potential 'quadratic': must be a string, not a "
       "group"},
      {"center = { };",
       "center of potential 'quadratic': must be numbers or "
       "the path of a file, not a group"},
      {"center = true;",
       "center = true of potential 'quadratic': must be "
       "numbers or the path of a file, not a truth value"},
      {"strength = \"inf\";",
       "strength = \"inf\" of potential 'quadratic': "
       "must be a number or a group { from; to; }, not "
       "a string"},
      {"center_file = 3;",
       "center_file of potential 'quadratic': must be the "
       "path of a file, not an integer"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    expect(cases[i].text,
           arena_format(arena, "run.cfg:1: error: %s\n", cases[i].why));
}
END_TEST

START_TEST(a_range_is_told) {
  static const struct {
    double min, max;
    uint32_t flags;
    const char *range;
  } cases[] = {
      {0, 1e308, KAC_P_OPEN_MIN, "must be > 0"},
      {2, HUGE_VAL, 0, "must be >= 2"},
      {-1e308, -2, KAC_P_OPEN_MAX, "must be < -2"},
      {-HUGE_VAL, -2.5, 0, "must be <= -2.5"},
      {0.1, 0.3, KAC_P_OPEN_MIN | KAC_P_OPEN_MAX, "must be in (0.1, 0.3)"},
      {0, 1, 0, "must be in [0, 1]"},
      {-0.5, 1, KAC_P_OPEN_MIN, "must be in (-0.5, 1]"},
      {0, 1, KAC_P_OPEN_MAX, "must be in [0, 1)"},
  };
  const struct node *root = tree_parse(arena, "level = -1;", "run.cfg", diag);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    kac_param row = KAC_REAL(struct config, level, 0, 0, 0, "", "");
    struct schema_part part = {&row, 1, sizeof row, &config, NULL};
    forget_messages();
    const struct schema plain = {arena, diag, ".", 0, {NULL, 0}};
    row.min = cases[i].min;
    row.max = cases[i].max;
    row.flags = cases[i].flags;
    root->child[0]->kind = NODE_REAL;
    root->child[0]->real = cases[i].max < 0 ? 7 : -1;
    ck_assert(!schema_fill(&plain, root, AT, "time", &part, 1));
    ck_assert_str_eq(
        diag_text(diag),
        arena_format(arena, "run.cfg:1: error: level = %d of time: %s\n",
                     cases[i].max < 0 ? 7 : -1, cases[i].range));
  }
}
END_TEST

START_TEST(open_and_closed_bounds_differ_at_the_bound) {
  kac_param row = KAC_REAL(struct config, level, 0, 0, 1, "", "");
  struct schema_part part = {&row, 1, sizeof row, &config, NULL};
  const struct schema plain = {arena, diag, ".", 0, {NULL, 0}};
  const struct node *low = tree_parse(arena, "level = 0;", "run.cfg", diag);
  const struct node *high = tree_parse(arena, "level = 1;", "run.cfg", diag);
  ck_assert(schema_fill(&plain, low, AT, "x", &part, 1));
  ck_assert(schema_fill(&plain, high, AT, "x", &part, 1));
  row.flags = KAC_P_OPEN_MIN;
  ck_assert(!schema_fill(&plain, low, AT, "x", &part, 1));
  ck_assert(schema_fill(&plain, high, AT, "x", &part, 1));
  row.flags = KAC_P_OPEN_MAX;
  ck_assert(schema_fill(&plain, low, AT, "x", &part, 1));
  ck_assert(!schema_fill(&plain, high, AT, "x", &part, 1));
}
END_TEST

START_TEST(numbers_are_quoted_so_that_they_read_back) {
  expect("level = 1.0000000000000002;",
         "run.cfg:1: error: level = 1.0000000000000002 of potential "
         "'quadratic': must be in [-1, 1]\n");
  expect("steps = 0;",
         "run.cfg:1: error: steps = 0 of potential 'quadratic': "
         "must be in [1, 1000000]\n");
}
END_TEST

START_TEST(a_choice_is_one_of_its_list) {
  fills("shape = \"triangular\";");
  ck_assert_int_eq(config.shape, 2);
  expect("shape = \"sqare\";",
         "run.cfg:1: error: shape = \"sqare\" of potential 'quadratic': must "
         "be round, square or triangular; did you mean 'square'?\n");
  expect("shape = \"hexagonal\";",
         "run.cfg:1: error: shape = \"hexagonal\" of potential 'quadratic': "
         "must be round, square or triangular\n");
  expect("shape = 1;",
         "run.cfg:1: error: shape = 1 of potential 'quadratic': "
         "must be round, square or triangular\n");
}
END_TEST

START_TEST(paths_are_relative_to_the_config) {
  struct schema_part part = {rows, N_ROWS, sizeof rows[0], &config, NULL};
  const struct schema conf = {arena, diag, "conf", 0, {NULL, 0}};
  const struct node *root =
      tree_parse(arena, "path = \"a/b.pt\"; label = \"a/b\";", "c", diag);
  ck_assert(schema_fill(&conf, root, AT, "x", &part, 1));
  ck_assert_str_eq(config.path, "conf/a/b.pt");
  ck_assert_str_eq(config.label, "a/b");
  root = tree_parse(arena, "path = \"/a/b.pt\";", "c", diag);
  ck_assert(schema_fill(&conf, root, AT, "x", &part, 1));
  ck_assert_str_eq(config.path, "/a/b.pt");
}
END_TEST

/* --- keys ------------------------------------------------------------------
 */

START_TEST(unknown_keys_are_all_reported) {
  expect("stifness = 1;\ncenter_fil = \"x\";\n",
         "run.cfg:1: error: unknown key 'stifness' for potential 'quadratic'; "
         "did you mean 'stiffness'?\n"
         "run.cfg:2: error: unknown key 'center_fil' for potential "
         "'quadratic'; did you mean 'center_file'?\n");
  expect("temperature = 1;",
         "run.cfg:1: error: unknown key 'temperature' for potential "
         "'quadratic'\n"
         "    known: stiffness, cutoff, level, steps, flag, shape, label, "
         "path, center, center_file, means, means_file, weights, weights_file, "
         "spread, spread_file, box, box_file, cube, cube_file, strength, "
         "extra\n");
}
END_TEST

START_TEST(missing_keys_are_all_reported) {
  kac_param required[2];
  memcpy(required, rows, sizeof required);
  required[0].flags = required[1].flags = KAC_P_REQUIRED;
  required[1].doc = "";
  struct schema_part part = {required, 2, sizeof required[0], &config, NULL};
  const struct schema plain = {arena, diag, ".", 0, {NULL, 0}};
  const struct node *root = tree_parse(arena, "\ng = { };", "run.cfg", diag);
  ck_assert(
      !schema_fill(&plain, root->child[0], AT, "potential 'x'", &part, 1));
  ck_assert(!schema_fill(&plain, NULL, AT, "time", &part, 1));
  ck_assert_str_eq(diag_text(diag),
                   "run.cfg:2: error: potential 'x' needs the key stiffness\n"
                   "    stiffness: of the spring\n"
                   "run.cfg:2: error: potential 'x' needs the key cutoff\n"
                   "run.cfg: error: time needs the key stiffness\n"
                   "    stiffness: of the spring\n"
                   "run.cfg: error: time needs the key cutoff\n");
}
END_TEST

START_TEST(a_group_must_be_a_group) {
  struct schema_part part = {rows, N_ROWS, sizeof rows[0], &config, NULL};
  const struct schema plain = {arena, diag, ".", 0, {NULL, 0}};
  const struct node *root = tree_parse(arena, "state = 3;", "run.cfg", diag);
  ck_assert(!schema_fill(&plain, root->child[0], AT, "state", &part, 1));
  ck_assert_str_eq(diag_text(diag),
                   "run.cfg:1: error: state: must be a group "
                   "{ ... }, not an integer\n");
}
END_TEST

START_TEST(several_tables_share_one_group) {
  struct {
    double a;
  } other = {0};
  const struct {
    kac_param row;
    double longer;
  } wide[1] = {{{"host", "", "", KAC_T_REAL, 0, 0, 5, 0, 9, NULL}, 0}};
  struct schema_part parts[] = {
      {rows, N_ROWS, sizeof rows[0], &config, NULL},
      {&wide[0].row, 1, sizeof wide[0], &other, NULL}};
  const struct schema plain = {arena, diag, ".", 0, {NULL, 0}};
  const struct node *root =
      tree_parse(arena, "host = 6; steps = 2; hots = 1;", "run.cfg", diag);
  ck_assert(!schema_fill(&plain, root, AT, "x", parts, 2));
  ck_assert_double_eq(other.a, 6);
  ck_assert_int_eq(config.steps, 2);
  ck_assert_str_eq(diag_text(diag),
                   "run.cfg:1: error: unknown key 'hots' for "
                   "x; did you mean 'host'?\n");
}
END_TEST

START_TEST(messages_escape_what_the_file_says) {
  expect("label = \"\x1b[2J\"; steps = \"\x1b[2J\";",
         "run.cfg:1: error: steps = \"\\x1b[2J\" of potential 'quadratic': "
         "must be an integer, not a string\n");
  expect(arena_format(arena, "steps = \"%s\";", repeat("x", 100)),
         arena_format(arena,
                      "run.cfg:1: error: steps = \"%s...\" of potential "
                      "'quadratic': must be an integer, not a string\n",
                      repeat("x", 60)));
}
END_TEST

/* --- memory ----------------------------------------------------------------
 */

START_TEST(without_memory_the_error_says_so) {
  write_text("x.txt", repeat("1 2\n", 10000));
  const char *text =
      "label = \"x\"; means_file = \"x.txt\"; center = (1, 2); path = \"p\"; "
      "strength = { table = ((0, 1), (1, 2)); }; steps = 3;";
  const struct node *root = tree_parse(arena, text, "run.cfg", diag);
  struct schema_part part = {rows, N_ROWS, sizeof rows[0], &config, NULL};
  bool is_done = false, is_seen = false;
  for (long n = 0; !is_done; n++) {
    struct arena *own = arena_new();
    forget_messages();
    diag_warn(diag, AT, "takes the memory for messages before");
    const struct schema tight = {own, diag, "./", 2, {NULL, 0}};
    fails_at = n;
    is_done = schema_fill(&tight, root, AT, "x", &part, 1);
    fails_at = -1;
    if (!is_done) ck_assert_int_eq(diag_code(diag), EXIT_RESOURCE);
    if (strstr(diag_text(diag), "error: no memory for the config\n"))
      is_seen = true;
    arena_free(own);
  }
  ck_assert(is_seen);
}
END_TEST

int main(void) {
  const TTest *const tests[] = {
      what_is_not_given_has_its_default,
      what_is_given_is_filled_with_its_origin,
      no_group_gives_defaults_only,
      integers_and_reals_stand_for_each_other_where_exact,
      infinity_is_a_word_where_the_range_allows_it,
      a_wrong_type_is_named_with_the_wanted_one,
      a_range_is_told,
      open_and_closed_bounds_differ_at_the_bound,
      numbers_are_quoted_so_that_they_read_back,
      a_choice_is_one_of_its_list,
      paths_are_relative_to_the_config,
      unknown_keys_are_all_reported,
      missing_keys_are_all_reported,
      a_group_must_be_a_group,
      several_tables_share_one_group,
      messages_escape_what_the_file_says,
      without_memory_the_error_says_so,
  };
  return RUN_SUITE("schema", tests);
}
