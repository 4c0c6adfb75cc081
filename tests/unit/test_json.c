/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The JSON writer, the number texts and SHA-256, against written-out bytes. */
#include "output/json.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "output/number.h"
#include "output/sha256.h"

struct sink {
  struct json json;
  char *text;
  size_t bytes;
};

static void start(struct sink *sink) {
  FILE *out = open_memstream(&sink->text, &sink->bytes);
  ck_assert_ptr_nonnull(out);
  json_start(&sink->json, out);
}

static void expect(struct sink *sink, const char *text) {
  ck_assert_int_eq(fclose(sink->json.out), 0);
  ck_assert_str_eq(sink->text, text);
  free(sink->text);
}

START_TEST(levels_get_commas_and_indentation) {
  struct sink sink;
  start(&sink);
  json_object(&sink.json, NULL);
  json_integer(&sink.json, "a", -3);
  json_array(&sink.json, "list");
  json_bool(&sink.json, NULL, true);
  json_object(&sink.json, NULL);
  json_end(&sink.json);
  json_end(&sink.json);
  json_array(&sink.json, "empty");
  json_end(&sink.json);
  json_count(&sink.json, "z", UINT64_MAX);
  json_end(&sink.json);
  expect(&sink,
         "{\n  \"a\": -3,\n  \"list\": [\n    true,\n    {}\n  ],\n"
         "  \"empty\": [],\n  \"z\": 18446744073709551615\n}\n");
}
END_TEST

START_TEST(what_is_not_finite_is_null) {
  const double value[] = {1.5, (double)NAN, (double)INFINITY, -HUGE_VAL, -0.0};
  struct sink sink;
  start(&sink);
  json_numbers(&sink.json, NULL, value, 5);
  expect(&sink, "[1.5, null, null, null, -0]");
}
END_TEST

START_TEST(strings_are_escaped) {
  struct sink sink;
  start(&sink);
  json_string(&sink.json, NULL,
              "a\"b\\c\n\t\x01 \x7f \xc3\xa4 \xf0\x9f\x98\x80");
  expect(&sink, "\"a\\\"b\\\\c\\n\\t\\u0001 \x7f \xc3\xa4 \xf0\x9f\x98\x80\"");
  start(&sink);
  json_string(&sink.json, NULL, NULL);
  expect(&sink, "null");
}
END_TEST

/* A lone continuation, an overlong slash, a surrogate, a cut sequence. */
START_TEST(bytes_that_are_no_utf8_become_the_replacement) {
  struct sink sink;
  start(&sink);
  json_string(&sink.json, NULL, "\x80|\xc0\xaf|\xed\xa0\x80|\xe2\x82");
  expect(&sink,
         "\"\\ufffd|\\ufffd\\ufffd|\\ufffd\\ufffd\\ufffd|\\ufffd\\ufffd\"");
}
END_TEST

START_TEST(numbers_read_back_as_the_same_double) {
  static const double value[] = {0.1,     0.1 + 0.2, 1.0 / 3, 5e-324,
                                 1e23,    -2.5,      1e300,   123456789012345.0,
                                 2.2e-308};
  char text[NUMBER_BYTES];
  for (size_t i = 0; i < sizeof value / sizeof value[0]; i++) {
    double back = strtod(number_exact(value[i], text), NULL);
    ck_assert_int_eq(memcmp(&back, &value[i], sizeof back), 0);
  }
  ck_assert_str_eq(number_exact(0.1, text), "0.1");
  ck_assert_str_eq(number_exact(0.1 + 0.2, text), "0.30000000000000004");
}
END_TEST

START_TEST(short_numbers_are_for_people) {
  char text[NUMBER_BYTES];
  ck_assert_str_eq(number_short(1234567, text), "1.23M");
  ck_assert_str_eq(number_short(999.7, text), "1k");
  ck_assert_str_eq(number_memory(3200000000u, text), "3.2 GB");
  ck_assert_str_eq(number_memory(12, text), "12 B");
  ck_assert_str_eq(number_clock(81, text), "1:21");
  ck_assert_str_eq(number_clock(3661, text), "1:01:01");
  ck_assert_str_eq(number_clock(-1, text), "?");
}
END_TEST

/* FIPS 180-4 examples; the long one in uneven pieces. */
START_TEST(sha256_gives_the_published_digests) {
  char text[SHA256_TEXT], million[1000];
  struct sha256 sha;
  sha256_start(&sha);
  sha256_add(&sha, "abc", 3);
  sha256_finish(&sha, text);
  ck_assert_str_eq(
      text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  memset(million, 'a', sizeof million);
  sha256_start(&sha);
  for (size_t i = 0; i < 1000; i++) {
    sha256_add(&sha, million, 37);
    sha256_add(&sha, million, 963);
  }
  sha256_finish(&sha, text);
  ck_assert_str_eq(
      text, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}
END_TEST

int main(void) {
  Suite *suite = suite_create("json");
  TCase *tests = tcase_create("json");
  tcase_add_test(tests, levels_get_commas_and_indentation);
  tcase_add_test(tests, what_is_not_finite_is_null);
  tcase_add_test(tests, strings_are_escaped);
  tcase_add_test(tests, bytes_that_are_no_utf8_become_the_replacement);
  tcase_add_test(tests, numbers_read_back_as_the_same_double);
  tcase_add_test(tests, short_numbers_are_for_people);
  tcase_add_test(tests, sha256_gives_the_published_digests);
  suite_add_tcase(suite, tests);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
