/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The closed schema: arrays from lists and files, their shapes, and ramps. */
#include "schema_fixture.h"

/* --- arrays ----------------------------------------------------------------
 */

START_TEST(lists_of_both_kinds_and_single_numbers_are_arrays) {
  fills(
      "center = [1.5, 2.5]; means = ((1, 2), [3, 4], (5, 6.5)); "
      "spread = 3; weights = [0.5, 0.25, 0.25]; box = (1, 2, 3);");
  ck_assert_double_eq(config.center.data[0], 1.5);
  ck_assert_uint_eq(config.means.n_dim, 2);
  ck_assert_uint_eq(config.means.shape[0], 3);
  ck_assert_uint_eq(config.means.shape[1], 2);
  ck_assert_double_eq(config.means.data[5], 6.5);
  ck_assert_uint_eq(config.spread.n, 1);
  ck_assert_double_eq(config.spread.data[0], 3);
  fills("spread = (1, 2); weights = 0.5;");
  ck_assert_uint_eq(config.spread.n, 2);
  ck_assert_uint_eq(config.weights.n, 1);
  ck_assert_uint_eq(config.weights.n_dim, 1);
  fills("cube = (((1, 2, 3), (4, 5, 6)));");
  ck_assert_uint_eq(config.cube.n_dim, 3);
  ck_assert_uint_eq(config.cube.shape[1], 2);
  ck_assert_double_eq(config.cube.data[5], 6);
}
END_TEST

START_TEST(arrays_come_from_files) {
  write_text("two.txt", "1 2\n");
  write_text("column.txt", "0.5\n0.5\n");
  write_text("table.txt", "1 2\n3 4\n");
  fills(
      "center_file = \"two.txt\"; means = \"table.txt\"; "
      "weights_file = \"column.txt\";");
  ck_assert_uint_eq(config.center.n_dim, 1);
  ck_assert_uint_eq(config.center.shape[0], 2);
  ck_assert_uint_eq(config.means.shape[0], 2);
  ck_assert_uint_eq(config.weights.n_dim, 1);
  ck_assert_int_eq(config.has_center, 1);
  ck_assert_int_eq(origin[ROW_CENTER].line, 1);
  expect("center = (1, 2);\ncenter_file = \"two.txt\";",
         "run.cfg:2: error: both center and center_file of potential "
         "'quadratic'\n"
         "    center is set at run.cfg:1\n");
  expect("center_file = \"none.txt\";",
         "run.cfg:1: error: file 'none.txt': no such file or directory\n");
}
END_TEST

START_TEST(shapes_are_checked_against_the_state) {
  expect("\ncenter = (1, 2, 3);",
         "run.cfg:2: error: center has 3 values, state dimension is 2 (set at "
         "run.cfg:4)\n");
  expect("center = 1;",
         "run.cfg:1: error: center has 1 value, state dimension "
         "is 2 (set at run.cfg:4)\n");
  expect("means = ((1, 2, 3));",
         "run.cfg:1: error: means has 3 columns, state dimension is 2 (set at "
         "run.cfg:4)\n");
  expect("spread = (1, 2, 3);",
         "run.cfg:1: error: spread has 3 values, state dimension is 2 (set at "
         "run.cfg:4)\n");
  expect("center = ((1, 2), (3, 4));",
         "run.cfg:1: error: center of potential 'quadratic': must have 1 "
         "dimension (d), not 2\n");
  expect("means = (1, 2);",
         "run.cfg:1: error: means of potential 'quadratic': must have 2 "
         "dimensions (k,d), not 1\n");
  expect("box = (1, 2);", "run.cfg:1: error: box has 2 values, must be 3\n");
  ck_assert(fill_as("center = (1, 2, 3);", 0, "x")); /* not known */
}
END_TEST

START_TEST(the_state_may_be_set_on_the_command_line) {
  struct schema_part part = {rows, N_ROWS, sizeof rows[0], &config, NULL};
  const struct node *root =
      tree_parse(arena, "center = (1, 2);", "run.cfg", diag);
  const struct schema argument = {
      arena, diag, ".", 3, {"command line argument 3", 0}};
  const struct schema nowhere = {arena, diag, ".", 3, {NULL, 0}};
  ck_assert(!schema_fill(&argument, root, AT, "x", &part, 1));
  ck_assert(!schema_fill(&nowhere, root, AT, "x", &part, 1));
  ck_assert_str_eq(
      diag_text(diag),
      "run.cfg:1: error: center has 2 values, state dimension is 3 (set at "
      "command line argument 3)\n"
      "run.cfg:1: error: center has 2 values, state dimension is 3\n");
}
END_TEST

START_TEST(names_in_shapes_agree_within_a_component) {
  expect("means = ((1, 2), (3, 4));\nweights = (1, 1, 1);",
         "run.cfg:2: error: weights has 3 values, means has 2 rows (set at "
         "run.cfg:1)\n");
  fills("cube = (((1), (2)));");
  kac_param two[] = {KAC_ARRAY(struct config, cube, 0, "a,b,c", "", ""),
                     KAC_ARRAY(struct config, box, 0, "c", "", "")};
  struct schema_part part = {two, 2, sizeof two[0], &config, NULL};
  forget_messages();
  const struct schema plain = {arena, diag, ".", 0, {NULL, 0}};
  const struct node *root =
      tree_parse(arena, "cube = (((1, 2))); box = 3;", "run.cfg", diag);
  ck_assert(!schema_fill(&plain, root, AT, "x", &part, 1));
  ck_assert_str_eq(diag_text(diag),
                   "run.cfg:1: error: box has 1 value, cube has 2 along "
                   "dimension 3 (set at run.cfg:1)\n");
}
END_TEST

START_TEST(a_table_is_square_matrices_below_each_other) {
  kac_param square = KAC_ARRAY(struct config, cube, 0, "n,d,d", "", "");
  struct schema_part part = {&square, 1, sizeof square, &config, NULL};
  forget_messages();
  const struct schema plain = {arena, diag, ".", 2, {"run.cfg", 4}};
  const char *text = "cube = ((1, 2), (3, 4), (5, 6), (7, 8));";
  const struct node *root = tree_parse(arena, text, "run.cfg", diag);
  ck_assert(schema_fill(&plain, root, AT, "x", &part, 1));
  ck_assert_uint_eq(config.cube.n_dim, 3);
  ck_assert_uint_eq(config.cube.shape[0], 2);
  ck_assert_uint_eq(config.cube.shape[2], 2);
  root = tree_parse(arena, "cube = ((1, 2), (3, 4), (5, 6));", "run.cfg", diag);
  ck_assert(!schema_fill(&plain, root, AT, "x", &part, 1));
  ck_assert_str_eq(diag_text(diag),
                   "run.cfg:1: error: cube of x: must have 3 dimensions "
                   "(n,d,d), not 2\n");
}
END_TEST

START_TEST(in_one_dimension_a_vector_is_a_column_of_points) {
  ck_assert(fill_as("means = (1, 2, 3); center = 5;", 1, "x"));
  ck_assert_uint_eq(config.means.n_dim, 2);
  ck_assert_uint_eq(config.means.shape[0], 3);
  ck_assert_uint_eq(config.means.shape[1], 1);
}
END_TEST

START_TEST(lists_must_be_regular_and_numbers) {
  expect("means = ((1, 2), (3));",
         "run.cfg:1: error: means[1] of potential 'quadratic': has 1 values, "
         "the first one has 2\n");
  expect("means = ((1, 2),\n 3);",
         "run.cfg:2: error: means[1] of potential 'quadratic': must be a list "
         "of 2, not an integer\n");
  expect("means = ((1, 2), (3, \"x\"));",
         "run.cfg:1: error: means[1][1] of potential 'quadratic': must be a "
         "number, not a string\n");
  expect("center = (1, (2));",
         "run.cfg:1: error: center[1] of potential 'quadratic': must be a "
         "number, not a list\n");
  expect("center = ();",
         "run.cfg:1: error: center of potential 'quadratic': "
         "list is empty\n");
  expect("center = (((((1)))));",
         "run.cfg:1: error: center of potential 'quadratic': lists are nested "
         "more than 4 deep\n");
}
END_TEST

START_TEST(elements_are_finite_and_in_range) {
  expect("weights = (0.5, 0);",
         "run.cfg:1: error: weights[1] = 0 of potential 'quadratic': must be "
         "in (0, 1]\n");
  struct schema_part part = {rows, N_ROWS, sizeof rows[0], &config, NULL};
  const struct schema plain = {arena, diag, ".", 2, {NULL, 0}};
  const struct node *root =
      tree_parse(arena, "means = ((1, 2), (3, 4.0));", "run.cfg", diag);
  root->child[0]->child[1]->child[1]->real = HUGE_VAL;
  forget_messages();
  const struct schema again = {arena, diag, ".", 2, plain.state};
  ck_assert(!schema_fill(&again, root, AT, "x", &part, 1));
  ck_assert_str_eq(
      diag_text(diag),
      "run.cfg:1: error: means[1][1] = inf of x: must be finite\n");
}
END_TEST

/* --- ramps -----------------------------------------------------------------
 */

START_TEST(ramps_are_numbers_ends_or_tables) {
  fills("strength = 2;");
  ck_assert(ramp_is_constant(&config.strength));
  fills("strength = { from = 1; to = 3.0; };");
  ck_assert_int_eq(config.strength.shape, RAMP_LINEAR);
  ck_assert_double_eq(ramp_at(&config.strength, 0.5), 2);
  fills("strength = { from = 1; to = 4; shape = \"geometric\"; };");
  ck_assert_int_eq(config.strength.shape, RAMP_GEOMETRIC);
  fills("strength = { from = 0; to = 4; shape = \"cosine\"; };");
  ck_assert_int_eq(config.strength.shape, RAMP_COSINE);
  fills("strength = { table = ((0, 1), [0.5, 3.0], (1, 2)); };");
  ck_assert_int_eq(config.strength.shape, RAMP_TABLE);
  ck_assert_double_eq(ramp_at(&config.strength, 0.25), 2);
  ck_assert_double_eq(config.strength.from, 1);
  ck_assert_double_eq(config.strength.to, 2);
}
END_TEST

START_TEST(a_ramp_is_closed_and_checked) {
  const struct {
    const char *text, *why;
  } cases[] = {
      {"-1", "strength = -1 of potential 'quadratic': must be >= 0"},
      {"{ form = 1; from = 1; to = 2; }",
       "unknown key 'form' for strength of potential 'quadratic'; did you mean "
       "'from'?"},
      {"{ from = -1; to = 2; }",
       "from = -1 of strength of potential 'quadratic': must be >= 0"},
      {"{ from = 1; to = \"x\"; }",
       "to = \"x\" of strength of potential 'quadratic': must be a number, not "
       "a string"},
      {"{ from = 1; to = 2; shape = \"cosin\"; }",
       "shape = \"cosin\" of strength of potential 'quadratic': must be "
       "linear, "
       "cosine or geometric; did you mean 'cosine'?"},
      {"{ from = 1; }",
       "strength of potential 'quadratic': needs from and to, or table"},
      {"{ }", "strength of potential 'quadratic': needs from and to, or table"},
      {"{ from = 1; table = ((0, 1)); }",
       "strength of potential 'quadratic': either table, or from, to and "
       "shape"},
      {"{ table = ((0, 1)); shape = \"linear\"; }",
       "strength of potential 'quadratic': either table, or from, to and "
       "shape"},
      {"{ from = 0; to = 2; shape = \"geometric\"; }",
       "strength of potential 'quadratic': a geometric shape needs from and to "
       "of the same sign, not 0"},
      {"{ table = 3; }",
       "strength of potential 'quadratic': table must be a "
       "list ((s, value), ...)"},
      {"{ table = (); }",
       "strength of potential 'quadratic': table must be a "
       "list ((s, value), ...)"},
      {"{ table = ((0, 1), (1)); }",
       "strength of potential 'quadratic': table[1] must be a pair (s, value)"},
      {"{ table = ((0, 1), (1, \"x\")); }",
       "strength of potential 'quadratic': table[1] must be a pair (s, value)"},
      {"{ table = ((0, 1), (1.5, 2)); }",
       "strength of potential 'quadratic': table[1]: s = 1.5 must be in [0, "
       "1]"},
      {"{ table = ((0, 1), (0.5, 2), (0.5, 3)); }",
       "strength of potential 'quadratic': table[2]: s = 0.5 must increase"},
      {"{ table = ((0, 1), (1, -2)); }",
       "strength of potential 'quadratic': table[1]: value -2 must be >= 0"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    expect(arena_format(arena, "strength = %s;", cases[i].text),
           arena_format(arena, "run.cfg:1: error: %s\n", cases[i].why));
}
END_TEST

START_TEST(a_geometric_ramp_may_be_negative_where_the_range_is) {
  kac_param row = SCHEMA_ROW_RAMP(struct config, strength, 1, -9, 9, "");
  struct schema_part part = {&row, 1, sizeof row, &config, NULL};
  const struct schema plain = {arena, diag, ".", 0, {NULL, 0}};
  const char *text =
      "strength = { from = -1; to = -4; shape = \"geometric\"; "
      "};";
  const struct node *root = tree_parse(arena, text, "run.cfg", diag);
  ck_assert(schema_fill(&plain, root, AT, "x", &part, 1));
  ck_assert_double_eq_tol(ramp_at(&config.strength, 0.5), -2, 1e-14);
}
END_TEST

int main(void) {
  const TTest *const tests[] = {
      lists_of_both_kinds_and_single_numbers_are_arrays,
      arrays_come_from_files,
      shapes_are_checked_against_the_state,
      the_state_may_be_set_on_the_command_line,
      names_in_shapes_agree_within_a_component,
      a_table_is_square_matrices_below_each_other,
      in_one_dimension_a_vector_is_a_column_of_points,
      lists_must_be_regular_and_numbers,
      elements_are_finite_and_in_range,
      ramps_are_numbers_ends_or_tables,
      a_ramp_is_closed_and_checked,
      a_geometric_ramp_may_be_negative_where_the_range_is,
  };
  return RUN_SUITE("schema_array", tests);
}
