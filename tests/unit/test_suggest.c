/* SPDX-License-Identifier: GPL-3.0-or-later */
/* "did you mean": edit distance at most len/3 + 1, the nearest wins. */
#include <string.h>

#include "config/schema.h"
#include "config_fixture.h"

static const char *const names[] = {"stiffness",  "strength", "center",
                                    "systematic", "every",    NULL};

static const char *near(const char *word) {
  return suggest(word, names, sizeof names / sizeof names[0], sizeof names[0]);
}

START_TEST(a_near_name_is_found) {
  ck_assert_str_eq(near("stifness"), "stiffness");
  ck_assert_str_eq(near("systemic"), "systematic");
  ck_assert_str_eq(near("centre"), "center");
  ck_assert_str_eq(near("strenght"), "strength");
  ck_assert_str_eq(near("center"), "center");
}
END_TEST

START_TEST(a_far_name_is_not) {
  ck_assert_ptr_null(near("temperature"));
  ck_assert_ptr_null(near("x"));
  ck_assert_ptr_null(near(""));
  ck_assert_ptr_null(suggest("center", names, 0, sizeof names[0]));
}
END_TEST

START_TEST(the_limit_is_a_third_of_the_length_plus_one) {
  const char *const only[] = {"abcdef"};
  ck_assert_ptr_nonnull(suggest("abcxyz", only, 1, sizeof only[0])); /* 3 */
  ck_assert_ptr_null(suggest("abwxyz", only, 1, sizeof only[0]));    /* 4 */
  ck_assert_ptr_null(suggest("abc", only, 1, sizeof only[0]));
}
END_TEST

START_TEST(a_swap_of_neighbours_counts_once) {
  const char *const only[] = {"ab"};
  ck_assert_ptr_nonnull(suggest("ba", only, 1, sizeof only[0]));
}
END_TEST

START_TEST(names_may_lie_in_larger_structs) {
  const struct {
    const char *name;
    double other[3];
  } rows[] = {{"alpha", {0}}, {"beta", {0}}};
  ck_assert_str_eq(suggest("bet", rows, 2, sizeof rows[0]), "beta");
}
END_TEST

START_TEST(long_words_are_not_compared) {
  const char *word = repeat("a", 65), *at_limit = repeat("a", 64);
  const char *const only[] = {at_limit};
  ck_assert_ptr_null(suggest(word, only, 1, sizeof only[0]));
  ck_assert_ptr_nonnull(suggest(at_limit, only, 1, sizeof only[0]));
  const char *const longer[] = {word};
  ck_assert_ptr_null(suggest(at_limit, longer, 1, sizeof longer[0]));
}
END_TEST

int main(void) {
  const TTest *const tests[] = {
      a_near_name_is_found,
      a_far_name_is_not,
      the_limit_is_a_third_of_the_length_plus_one,
      a_swap_of_neighbours_counts_once,
      names_may_lie_in_larger_structs,
      long_words_are_not_compared,
  };
  return RUN_SUITE("suggest", tests);
}
