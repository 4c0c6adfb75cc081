/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said where libconfig only says "syntax error". */
#include <libconfig.h>

#include "config/scan.h"
#include "config/tree.h"
#include "config_fixture.h"

static const struct {
  const char *text, *hint;
} syntax[] = {
    {"a = ( 1\n2 );", "1: a comma is missing before '2'"},
    {"a = ( { b = 1; }\n { b = 2; } );", "1: a comma is missing before '{'"},
    {"a = [ \"b\\\"\nc\" 4 ];", "2: a comma is missing before '4'"},
    {"a = ( \"b\" 4 );", "1: a comma is missing before '4'"},
    {"a = (1; 2);", "1: a list has commas between its values, and not ';'"},
#if LIBCONFIG_VER_MAJOR == 1 && LIBCONFIG_VER_MINOR < 7 /* 1.7 takes it */
    {"a = (1,, 2);", "1: a value is missing before ','"},
#endif
    {"a = ( b = 1 );", "1: settings in a list stand in a group { }: 'b'"},
    {"a = ;", "1: a value is missing behind '=' of 'a'"},
    {"a = { b = };", "1: a value is missing behind '=' of 'b'"},
    {"a =", "1: a value is missing behind '=' of 'a'"},
    {"a = 1;\nb\n{ c = 1; }", "2: '=' is missing behind 'b'"},
    {"a = 1; b", "1: '=' is missing behind 'b'"},
    {"a = true false;", "1: '=' is missing behind 'false'"},
    {"a = 1 2;", "1: a name and '=' are missing before '2'"},
    {"\n{ a = 1; }", "2: a name and '=' are missing before '{'"},
    {"a = 1; \"b\";", "1: a name and '=' are missing before '\"b\"'"},
    {"a = 1 = 2;", "1: no name stands before '='"},
    {"True = 2;", "1: a value is no name: 'True'"},
    {"a == 2;", "1: one too many: '='"},
    {"\"a\" = 2;", "1: a name stands without quotes: '\"a\"'"},
    {"b = 1; \"a\" : 2;", "1: a name stands without quotes: '\"a\"'"},
    {"a = \"b\" = 2;", "1: no name stands before '='"},
    {"a = 1.0, 2.0;",
     "1: a comma ends a setting, and several values stand in ( ) or [ ]: "
     "'2.0'"},
    {"a1.0 = 2;", "1: a name has letters, digits, '-' and '_' alone: 'a1.0'"},
    {"a = 1;;", "1: one mark too many: ';'"},
    {"a = { ; };", "1: one mark too many: ';'"},
    {"a = { b = 1 ,, c = 2; };", "1: one mark too many: ','"}};

/* Each is one that libconfig refuses without a reason. */
START_TEST(a_syntax_error_says_what_is_missing) {
  for (size_t i = 0; i < sizeof syntax / sizeof *syntax; i++) {
    const char *end = arena_format(arena, "\n    run.cfg:%s\n", syntax[i].hint);
    forget_messages();
    ck_assert_ptr_null(tree_parse(arena, syntax[i].text, "run.cfg", diag));
    const char *text = diag_text(diag);
    size_t n = strlen(text), m = strlen(end);
    ck_assert_ptr_nonnull(strstr(text, ": error: syntax error\n"));
    ck_assert_msg(n > m && strcmp(text + n - m, end) == 0, "%s lacks %s", text,
                  end);
  }
}
END_TEST

START_TEST(no_hint_where_the_text_is_good) {
  static const char *const good[] = {
      "a = 1 b = 2, c = { d = 1, e = 2 } f : ( );",
      "a = \"b\" \"c\"; d = ( \"e\" \"f\", true, (1), { g = 1 } ); h = [ ]"};
  for (size_t i = 0; i < 2; i++) {
    struct scan_source source = {
        .text = good[i], .n = strlen(good[i]), .file = "run.cfg", .base = "."};
    struct scan scan;
    forget_messages();
    ck_assert_ptr_nonnull(tree_parse(arena, good[i], "run.cfg", diag));
    ck_assert(scan_text(arena, &source, diag, &scan));
    diag_error(diag, EXIT_CONFIG, (struct place){"a", 1}, "none");
    scan_hint(&scan, diag);
    ck_assert_str_eq(diag_text(diag), "a:1: error: none\n");
  }
}
END_TEST

int main(void) {
  const TTest *const tests[] = {
      a_syntax_error_says_what_is_missing,
      no_hint_where_the_text_is_good,
  };
  return RUN_SUITE("scan hint", tests);
}
