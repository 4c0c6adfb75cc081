/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages: their form, exit code, escapes, and how many are printed. */
#include "config/diag.h"

#include "config_fixture.h"

static const struct place AT = {"run.cfg", 12};

/* What diag_print writes, in the arena. */
static const char *printed(void) {
  char *text = NULL;
  size_t n = 0;
  FILE *out = open_memstream(&text, &n);
  diag_print(diag, out);
  fclose(out);
  const char *copy = arena_copy(arena, text);
  free(text);
  return copy;
}

START_TEST(messages_have_the_form_of_a_compiler) {
  const struct place whole = {"run.cfg", 0}, nowhere = {NULL, 7};
  const struct place argument = {"command line argument 3", 0};
  diag_error(diag, EXIT_CONFIG, AT, "bad %s", "key");
  diag_hint(diag, "try %d", 7);
  diag_warn(diag, whole, "odd");
  diag_error(diag, EXIT_CONFIG, nowhere, "lost");
  diag_error(diag, EXIT_CONFIG, argument, "wrong");
  ck_assert_str_eq(diag_text(diag),
                   "run.cfg:12: error: bad key\n"
                   "    try 7\n"
                   "run.cfg: warning: odd\n"
                   "kac: error: lost\n"
                   "command line argument 3: error: wrong\n");
}
END_TEST

START_TEST(the_first_error_decides_the_code) {
  ck_assert_int_eq(diag_code(diag), EXIT_DONE);
  diag_warn(diag, AT, "w");
  ck_assert_int_eq(diag_code(diag), EXIT_DONE);
  diag_error(diag, EXIT_LOAD, AT, "a");
  diag_error(diag, EXIT_CONFIG, AT, "b");
  ck_assert_int_eq(diag_code(diag), EXIT_LOAD);
  ck_assert_uint_eq(diag_errors(diag), 2);
  ck_assert_uint_eq(diag_warnings(diag), 1);
}
END_TEST

START_TEST(nothing_in_a_message_can_steer_the_terminal) {
  const struct place evil = {"a\x1b[2J.cfg", 1};
  diag_error(diag, EXIT_CONFIG, evil, "%s", "\x1b]0;x\a\n\t\x7f\xc2\x9b");
  diag_hint(diag, "%s", "z\xff\xc3\xa9\xe0\x80\x80\xed\xa0\x80");
  diag_hint(diag, "%s", "\xf0\x80\x80\x80 \xf5 \xf4\x90\x80\x80 \xe2\x82");
  diag_hint(diag, "%s", "\xe2\x82\xac \xf0\x9f\x8e\xb2");
  ck_assert_str_eq(
      diag_text(diag),
      "a\\x1b[2J.cfg:1: error: \\x1b]0;x\\x07\\n\\t\\x7f\\xc2\\x9b\n"
      "    z\\xff\xc3\xa9\\xe0\\x80\\x80\\xed\\xa0\\x80\n"
      "    \\xf0\\x80\\x80\\x80 \\xf5 \\xf4\\x90\\x80\\x80 \\xe2\\x82\n"
      "    \xe2\x82\xac \xf0\x9f\x8e\xb2\n");
}
END_TEST

START_TEST(each_message_is_printed_once) {
  diag_error(diag, EXIT_CONFIG, AT, "a");
  ck_assert_str_eq(printed(), "run.cfg:12: error: a\n");
  ck_assert_str_eq(printed(), "");
  diag_warn(diag, AT, "b");
  ck_assert_str_eq(printed(), "run.cfg:12: warning: b\n");
}
END_TEST

START_TEST(at_most_twenty_messages_are_printed_then_a_count) {
  for (int i = 0; i < 23; i++) diag_error(diag, EXIT_CONFIG, AT, "%d", i);
  diag_warn(diag, AT, "w");
  const char *text = printed();
  ck_assert_ptr_nonnull(strstr(text, "error: 19\n"));
  ck_assert_ptr_null(strstr(text, "error: 20\n"));
  ck_assert_ptr_nonnull(
      strstr(text, "kac: 3 more errors and 1 more warnings\n"));
}
END_TEST

START_TEST(a_hint_without_a_message_is_dropped) {
  diag_hint(diag, "x");
  ck_assert_str_eq(diag_text(diag), "");
  diag_free(NULL);
}
END_TEST

int main(void) {
  const TTest *const tests[] = {
      messages_have_the_form_of_a_compiler,
      the_first_error_decides_the_code,
      nothing_in_a_message_can_steer_the_terminal,
      each_message_is_printed_once,
      at_most_twenty_messages_are_printed_then_a_count,
      a_hint_without_a_message_is_dropped,
  };
  return RUN_SUITE("diag", tests);
}
