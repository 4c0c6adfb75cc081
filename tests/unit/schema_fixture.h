/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tests of the schema share: a component with a key of every type,
 * and how to fill it from a text. */
#ifndef KAC_TESTS_SCHEMA_FIXTURE_H
#define KAC_TESTS_SCHEMA_FIXTURE_H
#include "config/schema.h"

#include <math.h>

#include "config_fixture.h"

static const struct place AT = {"run.cfg", 0};

struct config {
  int64_t flag, steps, shape, has_steps, has_center;
  double stiffness, cutoff, level;
  const char *label, *path;
  kac_array center, means, weights, spread, box, cube;
  struct ramp strength;
  const struct node *extra;
};
enum { ROW_STIFFNESS, ROW_CENTER = 10 };
static const kac_param rows[] = {
    KAC_REAL(struct config, stiffness, 1.5, 0, 1e308, "", "of the spring"),
    KAC_REAL(struct config, cutoff, 2, 0, HUGE_VAL, "", "range"),
    KAC_REAL(struct config, level, 0, -1, 1, "", "level"),
    KAC_INT(struct config, steps, 7, 1, 1e6, "", "number of steps"),
    KAC_BOOL(struct config, flag, 1, "a flag"),
    KAC_CHOICE(struct config, shape, 1, "round|square|triangular", "shape"),
    KAC_STRING(struct config, label, 0, "none", "a name"),
    KAC_STRING(struct config, path, KAC_P_FILE, NULL, "a file"),
    {"steps", "", "", SCHEMA_GIVEN, 0,
     KAC_AT(struct config, has_steps, int64_t), 0, 0, 0, NULL},
    {"center", "", "", SCHEMA_GIVEN, 0,
     KAC_AT(struct config, has_center, int64_t), 0, 0, 0, NULL},
    KAC_ARRAY(struct config, center, 0, "d", "", "the middle"),
    KAC_ARRAY(struct config, means, 0, "k,d", "", "the means"),
    {"weights", "", "", KAC_T_ARRAY, KAC_P_OPEN_MIN,
     KAC_AT(struct config, weights, kac_array), 0, 0, 1, "k"},
    KAC_ARRAY(struct config, spread, 0, "d?", "", "widths"),
    KAC_ARRAY(struct config, box, 0, "3", "", "edges"),
    KAC_ARRAY(struct config, cube, 0, "a,b,c", "", "a table"),
    SCHEMA_ROW_RAMP(struct config, strength, 1, 0, 1e308, "the strength"),
    SCHEMA_ROW_NODE(struct config, extra, 0, "anything"),
};
enum { N_ROWS = sizeof rows / sizeof rows[0] };

static struct config config;
static struct place origin[N_ROWS];
static struct schema schema;

static bool fill_as(const char *text, size_t n_real, const char *what) {
  forget_messages();
  const struct node *root = tree_parse(arena, text, "run.cfg", diag);
  ck_assert_msg(root != NULL, "%s", diag_text(diag));
  const struct schema new = {arena, diag, ".", n_real, {"run.cfg", 4}};
  struct schema_part part = {rows, N_ROWS, sizeof rows[0], &config, origin};
  memset(&config, 0, sizeof config);
  schema = new;
  bool is_good = schema_fill(&schema, root, AT, what, &part, 1);
  ck_assert(is_good == (diag_errors(diag) == 0));
  return is_good;
}

static void fills(const char *text) {
  ck_assert_msg(fill_as(text, 2, "potential 'quadratic'"), "%s: %s", text,
                diag_text(diag));
}

static void expect(const char *text, const char *expected) {
  ck_assert(!fill_as(text, 2, "potential 'quadratic'"));
  ck_assert_str_eq(diag_text(diag), expected);
  ck_assert_int_eq(diag_code(diag), EXIT_CONFIG);
}

#endif
