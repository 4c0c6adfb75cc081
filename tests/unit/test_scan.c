/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The text scan: every literal and mark that libconfig 1.5 misreads is an
 * error with its place, includes are put in place and traced back. */
#include "config/scan.h"

#include "config_fixture.h"

static bool scan_n(const char *text, size_t n, struct scan *scan) {
  struct scan_source source = {
      .text = text, .n = n, .file = "run.cfg", .base = "."};
  return scan_text(arena, &source, diag, scan);
}

/* The messages of a text. */
static const char *messages(const char *text) {
  struct scan scan;
  forget_messages();
  bool is_good = scan_n(text, strlen(text), &scan);
  ck_assert(is_good == (diag_errors(diag) == 0));
  return diag_text(diag);
}

static void expect(const char *text, const char *expected) {
  ck_assert_str_eq(messages(text), expected);
}

START_TEST(an_integer_needs_an_L_beyond_32_bits) {
  expect("a = 2147483647; b = -2147483648; c = 0x7fffffff;", "");
  expect("a = 6000000000L; b = -9223372036854775808L; c = 5LL;", "");
  expect("a = 0x7fffffffffffffffL;", "");
  expect("a = 1;\nb = 6000000000;",
         "run.cfg:2: error: 6000000000 does not fit 32 bits: write "
         "6000000000L\n");
  expect("b = -2147483649;",
         "run.cfg:1: error: -2147483649 does not fit 32 bits: write "
         "-2147483649L\n");
  expect("b = 0xFFFFFFFF;",
         "run.cfg:1: error: 0xFFFFFFFF does not fit 32 bits: write "
         "0xFFFFFFFFL\n");
}
END_TEST

START_TEST(an_integer_beyond_64_bits_is_an_error) {
  expect("a = 9223372036854775808L;",
         "run.cfg:1: error: 9223372036854775808L does not fit 64 bits\n");
  expect("a = 99999999999999999999;",
         "run.cfg:1: error: 99999999999999999999 does not fit 64 bits\n");
  expect("a = 0xFFFFFFFFFFFFFFFFL;",
         "run.cfg:1: error: 0xFFFFFFFFFFFFFFFFL does not fit 64 bits\n");
}
END_TEST

START_TEST(a_real_may_neither_overflow_nor_vanish) {
  expect("a = 1e308; b = -1e-308; c = 0e999; d = 0.0e-999; e = 5e-324;", "");
  expect("a = 1e999;",
         "run.cfg:1: error: 1e999 is too large for a real number\n");
  expect("a = -1e999;",
         "run.cfg:1: error: -1e999 is too large for a real number\n");
  expect("a = 1e-999;",
         "run.cfg:1: error: 1e-999 is too small for a real number\n");
}
END_TEST

START_TEST(leading_zeros_are_decimal_with_a_warning) {
  expect("a = 0; b = 0.5; c = -0; d = 00.5;", "");
  expect("a = 010;",
         "run.cfg:1: warning: 010 is read as the decimal number 10\n");
  expect("a = -007L;",
         "run.cfg:1: warning: -007L is read as the decimal number -7\n");
}
END_TEST

START_TEST(a_number_is_all_of_its_word) {
  const char *const words[] = {"1_000", "0b11", "1.2.3", ".",   "1e",
                               "-foo",  "0xZ",  "5-3",   "1.5L"};
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
    const char *text = arena_format(arena, "a = %s;", words[i]);
    expect(text, arena_format(arena, "run.cfg:1: error: '%s' is not a number\n",
                              words[i]));
  }
  expect("a = .5; b = 1.; c = +1; d = +.5e+3; e = 1.e3; f = -0.0;", "");
}
END_TEST

START_TEST(infinity_stands_in_quotes) {
  expect("a = inf;",
         "run.cfg:1: error: 'inf' is not a value\n"
         "    words stand in double quotes: \"inf\"\n");
  expect("a = -inf;",
         "run.cfg:1: error: '-inf' is not a number\n"
         "    infinity is a word: write \"-inf\"\n");
  expect("a = +Inf;",
         "run.cfg:1: error: '+Inf' is not a number\n"
         "    infinity is a word: write \"inf\"\n");
  expect("a = nan;",
         "run.cfg:1: error: 'nan' is not a value\n"
         "    there is no value for \"not a number\"\n");
}
END_TEST

START_TEST(a_bare_word_is_no_value) {
  expect("a = true; b = FALSE; c = (true, False);", "");
  expect("a = rate;",
         "run.cfg:1: error: 'rate' is not a value\n"
         "    words stand in double quotes: \"rate\"\n");
  expect("a = (\"x\", y);",
         "run.cfg:1: error: 'y' is not a value\n"
         "    words stand in double quotes: \"y\"\n");
  expect("a = yes;",
         "run.cfg:1: error: 'yes' is not a value\n"
         "    write true\n");
  expect("a = [Off];",
         "run.cfg:1: error: 'Off' is not a value\n"
         "    write false\n");
  expect("g = { a = 1, b = 2 }, h = 3", "");
}
END_TEST

START_TEST(a_missing_value_is_left_to_libconfig) {
  expect("a = \n b = 2;", "");
}
END_TEST

START_TEST(strings_stand_in_double_quotes) {
  expect("a = 'x y';\nb = 'z;\n",
         "run.cfg:1: error: strings stand in double quotes: \"...\"\n"
         "run.cfg:2: error: strings stand in double quotes: \"...\"\n");
  expect("a = \"it's # no /* comment \\\" @ 1e999\";", "");
}
END_TEST

START_TEST(what_is_opened_must_be_closed) {
  expect("a = 1;\n/* b\n = 2;", "run.cfg:2: error: comment is never closed\n");
  expect("a = \"x", "run.cfg:1: error: string is never closed\n");
  expect("a = \"x;\nb = \"y\";\nc = 1;",
         "run.cfg:1: error: string is never closed\n");
  expect("a = {\nb = (1, 2);\n", "run.cfg:1: error: '{' is never closed\n");
  expect("a = 1; }", "run.cfg:1: error: '}' closes nothing\n");
  expect("a = {\nb = (1, 2;\n}",
         "run.cfg:3: error: '}' does not close '('\n"
         "    opened at run.cfg:2\n");
}
END_TEST

START_TEST(a_trailing_comma_is_named) {
  expect("a = [1, 2,\n];",
         "run.cfg:2: error: comma before ']': a value is missing or the comma "
         "too many\n");
  expect("a = (1, 2, );",
         "run.cfg:1: error: comma before ')': a value is missing or the comma "
         "too many\n");
  expect("a = { b = 1, };", "");
}
END_TEST

START_TEST(arrays_hold_single_values) {
  expect("a = [[1, 2], [3, 4]];",
         "run.cfg:1: error: an array [ ] holds single values only\n"
         "    use ( ) outside: ((1, 2), (3, 4))\n"
         "run.cfg:1: error: an array [ ] holds single values only\n"
         "    use ( ) outside: ((1, 2), (3, 4))\n");
}
END_TEST

START_TEST(other_characters_are_refused) {
  expect("a = 1 % 2;", "run.cfg:1: error: unexpected character '%'\n");
  expect("a = \xe2\x82\xac;",
         "run.cfg:1: error: unexpected character '\xe2\x82\xac'\n");
  expect("a = \x1b;", "run.cfg:1: error: unexpected character '\\x1b'\n");
  expect("a = \xff;", "run.cfg:1: error: unexpected character '\\xff'\n");
  expect("a / b;", "run.cfg:1: error: unexpected character '/'\n");
}
END_TEST

START_TEST(a_nul_byte_is_refused_with_its_offset) {
  struct scan scan;
  ck_assert(!scan_n("a = 1;\0b", 8, &scan));
  ck_assert_str_eq(diag_text(diag),
                   "run.cfg: error: byte 0 at offset 6: not a text\n");
  expect("a = \"x\\x00y\";", "run.cfg:1: error: \\x00 would end the string\n");
  expect("a = \"x\\\\x00y\";", "");
}
END_TEST

START_TEST(a_byte_order_mark_and_crlf_are_accepted) {
  struct scan scan;
  const char *text =
      "\xef\xbb\xbf"
      "a = \"x\r\ny\";\r\nb = 2;\r\n";
  ck_assert(scan_n(text, strlen(text), &scan));
  ck_assert_str_eq(scan.text, "a = \"x\ny\"; \nb = 2; \n");
  ck_assert_int_eq(scan_place(&scan, 3).line, 3);
}
END_TEST

START_TEST(sizes_are_limited) {
  expect(arena_format(arena, "a = \"%s\";", repeat("x", 65536)),
         "run.cfg:1: error: line of 65543 bytes, at most 65536\n");
  expect(repeat("a = 1;\n", 149797),
         "run.cfg: error: more than 1048576 bytes of config with all "
         "includes\n");
  expect(arena_format(arena, "%s = 1;", repeat("n", 257)),
         "run.cfg:1: error: name 'nnnnnnnnnnnnnnnnnnnn...' is longer than 256 "
         "bytes\n");
  expect(arena_format(arena, "%s = 1;", repeat("n", 256)), "");
  expect(arena_format(arena, "a = (%s 1);\n", repeat("1,", 9999)),
         "run.cfg:1: error: more than 10000 settings\n"
         "    long arrays belong in a file: <name>_file = \"x.npy\"\n");
  expect(arena_format(arena, "a = (%s 1);\n", repeat("1,", 9998)), "");
}
END_TEST

START_TEST(nesting_is_limited) {
  expect(arena_format(arena, "a = %s%s;", repeat("(", 64), repeat(")", 64)),
         "");
  expect(arena_format(arena, "a = %s%s;", repeat("(", 65), repeat(")", 65)),
         "run.cfg:1: error: nested more than 64 deep\n");
}
END_TEST

START_TEST(all_errors_are_reported_but_not_for_ever) {
  expect("a = 1e999;\nb = x;\n",
         "run.cfg:1: error: 1e999 is too large for a real number\n"
         "run.cfg:2: error: 'x' is not a value\n"
         "    words stand in double quotes: \"x\"\n");
  messages(repeat("%", 1000));
  ck_assert_uint_eq(diag_errors(diag), 50);
}
END_TEST

START_TEST(comments_are_taken_out_and_lines_kept) {
  struct scan scan;
  const char *text = "# one\na /* two\nthree */ = 1; // @include \"x\"\nb = 2";
  ck_assert(scan_n(text, strlen(text), &scan));
  ck_assert_str_eq(scan.text, "\na  \n = 1; \nb = 2");
  ck_assert_uint_eq(scan.n_lines, 4);
}
END_TEST

START_TEST(included_lines_keep_their_file_and_line) {
  struct scan scan;
  write_text("one.cfg", "x = 1;\ny = 2;");
  write_text("two.cfg", "z = 3;\n");
  write_text("none.cfg", "# only a comment");
  const char *text =
      "a = 1;\n  @include \"one.cfg\" ; b = 2;\nc = {\n@include \"two.cfg\"\n"
      "};\n@include \"none.cfg\"\nd = 4;";
  ck_assert_msg(scan_n(text, strlen(text), &scan), "%s", diag_text(diag));
  ck_assert_str_eq(scan.text,
                   "a = 1;\n  x = 1;\ny = 2;\n ; b = 2;\nc = {\nz = 3;\n\n};\n"
                   "\nd = 4;");
  const struct place expected[] = {
      {"run.cfg", 1}, {"one.cfg", 1}, {"one.cfg", 2}, {"run.cfg", 2},
      {"run.cfg", 3}, {"two.cfg", 1}, {"run.cfg", 4}, {"run.cfg", 5},
      {"run.cfg", 6}, {"run.cfg", 7}};
  ck_assert_uint_eq(scan.n_lines, 10);
  for (size_t i = 0; i < 10; i++) {
    ck_assert_str_eq(scan_place(&scan, i + 1).file, expected[i].file);
    ck_assert_int_eq(scan_place(&scan, i + 1).line, expected[i].line);
  }
  ck_assert_int_eq(scan_place(&scan, 99).line, 7);
  ck_assert_int_eq(scan_place(&scan, 0).line, 1);
}
END_TEST

START_TEST(an_include_first_of_all_may_be_empty) {
  struct scan scan;
  write_text("empty.cfg", "");
  const char *text = "@include \"empty.cfg\"\na = 1;";
  ck_assert(scan_n(text, strlen(text), &scan));
  ck_assert_str_eq(scan.text, "\na = 1;");
  ck_assert_int_eq(scan_place(&scan, 2).line, 2);
}
END_TEST

START_TEST(only_regular_files_below_the_config_are_included) {
  mkdir("folder", 0700);
  mkfifo("pipe", 0600);
  expect("a = 1;\n@include \"folder\"\n",
         "run.cfg:2: error: include file 'folder': a folder, not a regular "
         "file\n");
  expect("@include \"pipe\"\n",
         "run.cfg:1: error: include file 'pipe': a pipe, not a regular file\n");
  expect("@include \"missing.cfg\"\n",
         "run.cfg:1: error: include file 'missing.cfg': no such file or "
         "directory\n");
  expect("@include \"/etc/passwd\"\n",
         "run.cfg:1: error: include file '/etc/passwd' must lie below the "
         "folder of the config, .\n"
         "    --allow-include-outside takes it from there\n");
  expect("@include \"folder/../../x\"\n",
         "run.cfg:1: error: include file 'folder/../../x' must lie below the "
         "folder of the config, .\n"
         "    --allow-include-outside takes it from there\n");
  ck_assert_int_eq(symlink("/etc/passwd", "link"), 0);
  expect("@include \"link\"\n",
         "run.cfg:1: error: include file 'link' must lie below the folder of "
         "the config, .\n    it is a link to a file elsewhere; "
         "--allow-include-outside takes it\n");
  expect("@include \"..a\"\n",
         "run.cfg:1: error: include file '..a': no such file or directory\n");
}
END_TEST

START_TEST(an_at_sign_is_only_an_include_at_the_start_of_a_line) {
  const char *const wrong[] = {"a = 1; @include \"x\"", "@includes \"x\"",
                               "@include 'x'",          "@include \"x\ny\"",
                               "@include \"\"",         "@",
                               "@include\"x\"",         "@include \"a\\b\""};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
    expect(wrong[i],
           "run.cfg:1: error: '@' is only known as @include \"file\" at the "
           "start of a line\n");
}
END_TEST

START_TEST(a_cycle_of_includes_is_named) {
  write_text("a.cfg", "x = 1;\n@include \"b.cfg\"\n");
  write_text("b.cfg", "@include \"./a.cfg\"\n");
  expect("@include \"a.cfg\"\n",
         "b.cfg:1: error: file includes itself: run.cfg -> a.cfg -> b.cfg -> "
         "./a.cfg\n");
}
END_TEST

START_TEST(a_chain_of_includes_is_at_most_ten_long) {
  for (int i = 1; i <= 11; i++) {
    write_text(
        arena_format(arena, "%d", i),
        i < 10 ? arena_format(arena, "@include \"%d\"", i + 1) : "z = 1;");
  }
  expect("@include \"1\"", "");
  write_text("10", "@include \"11\"");
  expect("@include \"1\"",
         "10:1: error: includes are nested more than 10 deep: run.cfg -> 1 -> "
         "2 -> 3 -> 4 -> 5 -> 6 -> 7 -> 8 -> 9 -> 10\n");
}
END_TEST

START_TEST(includes_share_the_limits) {
  write_text("empty", "");
  expect(repeat("@include \"empty\"\n", 1001),
         "run.cfg:1001: error: more than 1000 includes\n");
  write_text("large", repeat("# comment\n", 60000));
  expect("@include \"large\"\n@include \"large\"\n",
         "large: error: more than 1048576 bytes of config with all includes\n");
  write_text("huge", repeat("# comment\n", 104858));
  expect("@include \"huge\"\n",
         "run.cfg:1: error: include file 'huge': larger than 1048576 bytes\n");
}
END_TEST

START_TEST(a_text_that_is_no_file_includes_nothing_and_has_no_lines) {
  struct scan scan;
  struct scan_source source = {.text = "a = (\n1e999,\n @include \"x\"\n)",
                               .n = 28,
                               .file = "command line argument 3",
                               .is_one_place = true};
  ck_assert(!scan_text(arena, &source, diag, &scan));
  ck_assert_str_eq(diag_text(diag),
                   "command line argument 3: error: 1e999 is too large for a "
                   "real number\n"
                   "command line argument 3: error: @include is not possible "
                   "here\n");
}
END_TEST

int main(void) {
  const TTest *const tests[] = {
      an_integer_needs_an_L_beyond_32_bits,
      an_integer_beyond_64_bits_is_an_error,
      a_real_may_neither_overflow_nor_vanish,
      leading_zeros_are_decimal_with_a_warning,
      a_number_is_all_of_its_word,
      infinity_stands_in_quotes,
      a_bare_word_is_no_value,
      a_missing_value_is_left_to_libconfig,
      strings_stand_in_double_quotes,
      what_is_opened_must_be_closed,
      a_trailing_comma_is_named,
      arrays_hold_single_values,
      other_characters_are_refused,
      a_nul_byte_is_refused_with_its_offset,
      a_byte_order_mark_and_crlf_are_accepted,
      sizes_are_limited,
      nesting_is_limited,
      all_errors_are_reported_but_not_for_ever,
      comments_are_taken_out_and_lines_kept,
      included_lines_keep_their_file_and_line,
      an_include_first_of_all_may_be_empty,
      only_regular_files_below_the_config_are_included,
      an_at_sign_is_only_an_include_at_the_start_of_a_line,
      a_cycle_of_includes_is_named,
      a_chain_of_includes_is_at_most_ten_long,
      includes_share_the_limits,
      a_text_that_is_no_file_includes_nothing_and_has_no_lines,
  };
  return RUN_SUITE("scan", tests);
}
