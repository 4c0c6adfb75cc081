/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The reader of safetensors against every way in which a file can lie, and
 * against files with bits flipped. */
#include <float.h>
#include <kac/sdk.h>
#include <stdbool.h>
#include <stdlib.h>

#include "config_fixture.h"
#include "../network_fixture.h"
#include "plugins/net/safetensors.h"

static kac_error err;
static struct safetensors *file;

static kac_status parse(const char *header, size_t n_data) {
  static unsigned char bytes[70000], data[256];
  size_t n = net_pack(header, strlen(header), data, n_data, bytes);
  return safetensors_parse("m.safetensors", bytes, n, &file, &err);
}

#define T(fields) "{\"a\":{" fields "}}"
#define F32(shape, offsets) \
  "\"dtype\":\"F32\",\"shape\":" shape ",\"data_offsets\":" offsets

START_TEST(a_good_file_is_read) {
  static const float values[6] = {1, 2, 3, -4, 5e-40f, FLT_MAX};
  struct net_file made = {.n_data = 0};
  net_note(&made, "kac.x", "y\\u00e9\\ud83d\\ude00\\n");
  net_note(&made, "another", "");
  net_tensor(&made, "w", 2, 3, values);
  net_tensor(&made, "b", 3, 0, values);
  net_write(&made, "good.safetensors");
  ck_assert_int_eq(safetensors_open("good.safetensors", &file, &err), KAC_OK);
  ck_assert_str_eq(safetensors_note(file, "kac.x"),
                   "y\xc3\xa9\xf0\x9f\x98\x80\n");
  ck_assert_str_eq(safetensors_note(file, "another"), "");
  ck_assert_ptr_null(safetensors_note(file, "kac.y"));
  ck_assert_uint_eq(file->n_tensors, 2);
  float out[6];
  ck_assert_int_eq(
      safetensors_floats(file, "w", 2, (size_t[]){2, 3}, out, &err), KAC_OK);
  ck_assert_mem_eq(out, values, sizeof out);
  ck_assert_int_eq(safetensors_floats(file, "b", 1, (size_t[]){3}, out, &err),
                   KAC_OK);
  safetensors_close(file);
}
END_TEST

/* Numbers of all types, with the bits written out. */
START_TEST(every_type_is_read_exactly) {
  static const char header[] =
      "{\"h\":{\"dtype\":\"F16\",\"shape\":[4],\"data_offsets\":[24,32]},"
      "\"d\":{\"dtype\":\"F64\",\"shape\":[2],\"data_offsets\":[0,16]},"
      "\"b\":{\"dtype\":\"BF16\",\"shape\":[2,2],\"data_offsets\":[16,24]}}  ";
  static const uint16_t brains[4] = {0x3f80, 0xc040, 0x0001, 0x7f7f};
  static const uint16_t halves[4] = {0x3c00, 0xc100, 0x0001, 0x7bff};
  static const double wide[2] = {1.0 / 3.0, -2};
  unsigned char data[32], bytes[512];
  memcpy(data, wide, 16);
  memcpy(data + 16, brains, 8);
  memcpy(data + 24, halves, 8);
  size_t n = net_pack(header, sizeof header - 1, data, sizeof data, bytes);
  ck_assert_int_eq(safetensors_parse("t", bytes, n, &file, &err), KAC_OK);
  float d[2], b[4], h[4];
  ck_assert_int_eq(safetensors_floats(file, "d", 1, (size_t[]){2}, d, &err),
                   KAC_OK);
  ck_assert_int_eq(safetensors_floats(file, "b", 2, (size_t[]){2, 2}, b, &err),
                   KAC_OK);
  ck_assert_int_eq(safetensors_floats(file, "h", 1, (size_t[]){4}, h, &err),
                   KAC_OK);
  ck_assert(d[0] == (float)(1.0 / 3.0) && d[1] == -2);
  ck_assert(b[0] == 1 && b[1] == -3 && b[2] == 0x1p-133f &&
            b[3] == 0x1.fep127f);
  ck_assert(h[0] == 1 && h[1] == -2.5f && h[2] == 0x1p-24f && h[3] == 65504);
  safetensors_close(file);
}
END_TEST

static const struct {
  const char *header;
  size_t n_data;
  const char *says;
} malformed[] = {
    {"", 0, "a header of 0 bytes, expected at least 2: not a safetensors"},
    {"[]", 0, "byte 0 of the JSON header: expected {"},
    {"{ ", 0, "byte 2 of the JSON header: expected a string"},
    {"{} x", 0, "expected nothing more"},
    {"{\"a\"}", 0, "expected :"},
    {"{\"a\":1}", 4, "expected {"},
    {"{\"a\":{}}", 4, "expected a string"},
    {"{,}", 0, "expected a string"},
    {"{\"a\":[[[[[[[[1]]]]]]]]}", 4, "expected {"},
    {T(F32("[[1]]", "[0,4]")), 4, "expected a whole number >= 0"},
    {T(F32("[1]", "[0,4]")) ",", 4, "expected nothing more"},
    {T(F32("[1,]", "[0,4]")), 4, "expected a whole number >= 0"},
    {T(F32("[-1]", "[0,4]")), 4, "expected a whole number >= 0"},
    {T(F32("[1.0]", "[0,4]")), 4, "expected a whole number >= 0"},
    {T(F32("[1e0]", "[0,4]")), 4, "expected a whole number >= 0"},
    {T(F32("[NaN]", "[0,4]")), 4, "expected a whole number >= 0"},
    {T(F32("[01]", "[0,4]")), 4, "a number begins with 0"},
    {T(F32("[99999999999999999999]", "[0,4]")), 4, "a number is too large"},
    {T(F32("[0]", "[0,0]")), 0, "shape (0) has no numbers"},
    {T(F32("[1,1,1,1,1,1,1,1,1]", "[0,4]")), 4, "more than 8 dimensions"},
    {T(F32("[1]", "[0,4,8]")), 4, "expected two offsets [begin, end]"},
    {T(F32("[1]", "[4]")), 4, "needs dtype, shape and data_offsets"},
    {T(F32("[1]", "[4,0]")), 4,
     "tensor 'a': data_offsets [4, 0], expected begin <= end"},
    {T(F32("[1]", "[0,8]")), 4,
     "tensor 'a': data_offsets [0, 8], but the file ends after 4 bytes of "
     "data: is it cut off?"},
    {T(F32("[1]", "[18446744073709551612,4]")), 4,
     "data_offsets [18446744073709551612, 4], expected begin <= end"},
    {T(F32("[2]", "[0,4]")), 4,
     "4 bytes by its data_offsets, but shape (2) needs 2 numbers of 4 bytes "
     "each"},
    {T(F32("[1]", "[4,8]")), 8,
     "tensor 'a' begins at byte 4 of the data, but bytes 0 to 4 before it "
     "belong to no tensor"},
    {T(F32("[1]", "[0,4]")), 8,
     "bytes 4 to 8 at the end of the data belong to no tensor"},
    {"{}", 1, "bytes 0 to 1 at the end of the data belong to no tensor"},
    /* 4194305^2 x 211106198978564 = 4 mod 2^64 */
    {T(F32("[4194305,4194305,211106198978564]", "[0,16]")), 16,
     "shape (4194305, 4194305, 211106198978564) has too many numbers"},
    {T(F32("[4611686018427387904]", "[0,0]")), 0,
     "0 bytes by its data_offsets, but shape (4611686018427387904) needs"},
    {T("\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[0,8]"), 8,
     "dtype 'I64', expected F32, F16, BF16 or F64"},
    {T("\"dtype\":\"F32\",\"dtype\":\"F32\""), 4,
     "tensor 'a': has 'dtype' twice"},
    {T("\"dtype\":\"F32\",\"shape\":[1],\"strides\":[1]"), 4,
     "tensor 'a': unknown field 'strides', expected dtype, shape and "
     "data_offsets"},
    {"{\"a\":{" F32("[1]", "[0,4]") "},\"a\":{" F32("[1]", "[4,8]") "}}", 8,
     "tensor 'a': stands there twice"},
    {"{\"a\":{" F32("[1]", "[0,4]") "},\"b\":{" F32("[1]", "[0,4]") "}}", 4,
     "tensor 'b' begins at byte 0 of the data, inside of 'a', which ends at "
     "4"},
    {"{\"a\":{" F32("[1]", "[0,4]") "},\"b\":{" F32("[1]", "[8,12]") "}}", 12,
     "tensor 'b' begins at byte 8 of the data, but bytes 4 to 8 before it "
     "belong to no tensor"},
    {"{\"__metadata__\":{\"k\":1}}", 0, "expected a string"},
    {"{\"__metadata__\":{\"k\":{\"j\":\"v\"}}}", 0, "expected a string"},
    {"{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}", 0, "key 'k' twice"},
    {"{\"__metadata__\":{},\"__metadata__\":{}}", 0, "stands there twice"},
    {"{\"__metadata__\":{\"k\":\"\\x\"}}", 0, "an unknown escape"},
    {"{\"__metadata__\":{\"k\":\"\\u12\"}}", 0, "four hexadecimal digits"},
    {"{\"__metadata__\":{\"k\":\"\\u0000\"}}", 0, "a zero character"},
    {"{\"__metadata__\":{\"k\":\"\\ud800\"}}", 0, "first half of a surrogate"},
    {"{\"__metadata__\":{\"k\":\"\\ud800\\u0041\"}}", 0, "pair is none"},
    {"{\"__metadata__\":{\"k\":\"\\udc00\"}}", 0, "second half of a surrogate"},
    {"{\"__metadata__\":{\"k\":\"\xff\"}}", 0, "not UTF-8"},
    {"{\"__metadata__\":{\"k\":\"\xc0\x80\"}}", 0, "not UTF-8"},
    {"{\"__metadata__\":{\"k\":\"\xed\xa0\x80\"}}", 0, "not UTF-8"},
    {"{\"__metadata__\":{\"k\":\"\xf4\x90\x80\x80\"}}", 0, "not UTF-8"},
    {"{\"__metadata__\":{\"k\":\"\xe2\x82", 0, "not UTF-8"},
    {"{\"__metadata__\":{\"k\":\"a\tb\"}}", 0, "a control character"},
    {"{\"__metadata__\":{\"k\":\"ab", 0, "a string has no end"},
    {"{\"__metadata__\":{\"k\":\"\\", 0, "the escape is cut off"},
};

START_TEST(every_malformed_header_is_named) {
  ck_assert_int_eq(parse(malformed[_i].header, malformed[_i].n_data),
                   KAC_EINVAL);
  ck_assert_ptr_null(file);
  ck_assert_msg(strstr(err.msg, malformed[_i].says), "%s: '%s' is not in '%s'",
                malformed[_i].header, malformed[_i].says, err.msg);
  ck_assert(strncmp(err.msg, "m.safetensors: ", 15) == 0);
}
END_TEST

/* The length of the header, in a file of `n` bytes. */
static void expect_length(uint64_t length, size_t n, const char *says) {
  unsigned char bytes[32] = {0};
  memcpy(bytes + 8, "{}      ", 8);
  for (size_t i = 0; i < 8; i++) bytes[i] = (unsigned char)(length >> (8 * i));
  ck_assert_int_eq(safetensors_parse("m", bytes, n, &file, &err), KAC_EINVAL);
  ck_assert_msg(strstr(err.msg, says), "%s", err.msg);
}

START_TEST(a_lying_length_is_refused_before_anything_is_taken) {
  expect_length(0, 0, "0 bytes, too few");
  expect_length(0, 7, "7 bytes, too few");
  expect_length(0, 8, "m: a header of 0 bytes, expected at least 2");
  expect_length(9, 16, "m: a header of 9 bytes in a file of 16: cut off");
  expect_length(100000000, 32, "a header of 100000000 bytes in a file of 32");
  expect_length(100000001, 32,
                "m: a header of 100000001 bytes, over the limit of 100000000");
  expect_length(UINT64_MAX, 32,
                "a header of 18446744073709551615 bytes, over the limit of");
  expect_length(1, 32, "a header of 1 bytes, expected at least 2");
}
END_TEST

START_TEST(another_kind_of_file_is_named) {
  static const struct {
    const char *begin, *says;
  } kinds[] = {
      {"PK\003\004\024\010\010\010", "but a zip archive, as torch.save"},
      {"\200\002\212\nl\374\234F", "but a pickle, as older torch.save writes"},
      {"\211HDF\r\n\032\n", "but an HDF5 file"},
      {"\223NUMPY\001 ", "but an array of numpy.save"},
      {"version https", "but a pointer of Git LFS: fetch the file with"}};
  for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
    ck_assert_int_eq(
        safetensors_parse("m", (const unsigned char *)kinds[k].begin,
                          strlen(kinds[k].begin), &file, &err),
        KAC_EINVAL);
    ck_assert_msg(strstr(err.msg, kinds[k].says), "%s", err.msg);
  }
}
END_TEST

START_TEST(a_tensor_that_nobody_asks_for_is_named) {
  float values[6] = {0};
  struct net_file made = {.n_data = 0};
  net_tensor(&made, "used", 3, 0, values);
  net_tensor(&made, "norm.weight", 2, 3, values);
  net_write(&made, "m.safetensors");
  ck_assert_int_eq(safetensors_open("m.safetensors", &file, &err), KAC_OK);
  ck_assert_int_eq(safetensors_all_used(file, "it", &err), KAC_EINVAL);
  ck_assert_str_eq(err.msg,
                   "m.safetensors: tensor 'norm.weight' of shape (2, 3) and 1 "
                   "more in the file, but it uses only 0 of its 2 tensors");
  ck_assert_int_eq(
      safetensors_floats(file, "used", 1, (size_t[]){3}, values, &err), KAC_OK);
  ck_assert_int_eq(safetensors_all_used(file, "it", &err), KAC_EINVAL);
  ck_assert_str_eq(err.msg,
                   "m.safetensors: tensor 'norm.weight' of shape (2, 3) in the "
                   "file, but it uses only 1 of its 2 tensors");
  ck_assert_int_eq(safetensors_floats(file, "norm.weight", 2, (size_t[]){2, 3},
                                      values, &err),
                   KAC_OK);
  ck_assert_int_eq(safetensors_all_used(file, "it", &err), KAC_OK);
  safetensors_close(file);
}
END_TEST

START_TEST(too_many_tensors_are_refused) {
  enum { N = TENSOR_MAX_COUNT + 1, EACH = 80 };
  char *header = malloc((size_t)N * EACH + 16);
  unsigned char *bytes = malloc((size_t)N * (EACH + 4) + 64);
  void *data = calloc(N, 4);
  size_t at = 1;
  header[0] = '{';
  for (size_t i = 0; i < N; i++)
    at +=
        (size_t)sprintf(header + at, "%s\"%zu\":{" F32("[1]", "[%zu,%zu]") "}",
                        i ? "," : "", i, 4 * i, 4 * i + 4);
  header[at++] = '}';
  size_t n = net_pack(header, at, data, (size_t)N * 4, bytes);
  ck_assert_int_eq(safetensors_parse("m", bytes, n, &file, &err), KAC_EINVAL);
  ck_assert_str_eq(err.msg, "m: more than 65536 tensors");
  free(header);
  free(bytes);
  free(data);
}
END_TEST

START_TEST(numbers_that_are_not_finite_are_named) {
  static const struct {
    float value;
    const char *says;
  } cases[] = {{NAN, "tensor 'w': number 2 of 4 is not finite"},
               {-INFINITY,
                "tensor 'w': number 2 of 4 is not finite in float32 "
                "(-inf)"}};
  for (size_t k = 0; k < 2; k++) {
    float values[4] = {1, 2, cases[k].value, 4};
    struct net_file made = {.n_data = 0};
    net_tensor(&made, "w", 4, 0, values);
    /* Without notes the first tensor still follows a comma of the metadata. */
    net_write(&made, "bad.safetensors");
    ck_assert_int_eq(safetensors_open("bad.safetensors", &file, &err), KAC_OK);
    ck_assert_int_eq(
        safetensors_floats(file, "w", 1, (size_t[]){4}, values, &err),
        KAC_EINVAL);
    ck_assert_msg(strstr(err.msg, cases[k].says), "%s", err.msg);
    safetensors_close(file);
  }
}
END_TEST

START_TEST(a_wrong_shape_names_tensor_expected_and_found) {
  float values[6] = {0};
  struct net_file made = {.n_data = 0};
  net_tensor(&made, "layers.0.weight", 2, 3, values);
  net_write(&made, "m.safetensors");
  ck_assert_int_eq(safetensors_open("m.safetensors", &file, &err), KAC_OK);
  ck_assert_int_eq(safetensors_floats(file, "layers.0.weight", 2,
                                      (size_t[]){3, 2}, values, &err),
                   KAC_EINVAL);
  ck_assert_str_eq(err.msg,
                   "m.safetensors: tensor 'layers.0.weight' has shape (2, 3), "
                   "expected (3, 2)");
  ck_assert_int_eq(
      safetensors_floats(file, "bias", 1, (size_t[]){7}, values, &err),
      KAC_EINVAL);
  ck_assert_str_eq(
      err.msg, "m.safetensors: no tensor 'bias', expected one of shape (7)");
  safetensors_close(file);
}
END_TEST

START_TEST(what_is_no_file_is_refused) {
  ck_assert_int_eq(safetensors_open("none", &file, &err), KAC_EINVAL);
  ck_assert_str_eq(err.msg, "none: No such file or directory");
  ck_assert_int_eq(safetensors_open(".", &file, &err), KAC_EINVAL);
  ck_assert_str_eq(err.msg, ".: not a regular file");
}
END_TEST

START_TEST(flat_objects_of_strings_are_read_alone) {
  static const char good[] = " {\"b\": \"2\", \"a\": \"1\"} ";
  ck_assert_int_eq(
      safetensors_notes("kac.json", good, sizeof good - 1, &file, &err),
      KAC_OK);
  ck_assert_str_eq(safetensors_note(file, "a"), "1");
  ck_assert_str_eq(file->notes[1].key, "b");
  safetensors_close(file);
  ck_assert_int_eq(safetensors_notes("kac.json", "{} {}", 5, &file, &err),
                   KAC_EINVAL);
  ck_assert_str_eq(
      err.msg, "kac.json: byte 3 of the JSON header: expected nothing more");
  ck_assert_int_eq(safetensors_notes("kac.json", "", 0, &file, &err),
                   KAC_EINVAL);
}
END_TEST

/* Whatever is flipped or cut: an error, or a file whose tensors can be read.
 * The sanitizers watch. */
START_TEST(flipped_bits_never_lead_outside) {
  static unsigned char good[4096], bytes[4096];
  static const float values[12] = {1, 2, 3};
  struct net_file made = {.n_data = 0};
  net_note(&made, "kac.format", "1");
  net_note(&made, "k\\u00e9", "\\ud83d\\ude00");
  net_tensor(&made, "layers.0.weight", 3, 4, values);
  net_tensor(&made, "layers.0.bias", 3, 0, values);
  size_t n = net_bytes(&made, good), n_read = 0;
  uint64_t state = 20240611;
  for (size_t round = 0; round < 20000; round++) {
    memcpy(bytes, good, n);
    for (size_t k = 0; k < 1 + round % 3; k++) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      size_t bit = (size_t)(state >> 33) % (round % 2 ? 8 * 260 : 8 * n);
      bytes[bit / 8 % n] ^= (unsigned char)(1u << bit % 8);
    }
    size_t left = round % 7 ? n : (size_t)(state >> 40) % (n + 1);
    unsigned char *exact = malloc(left + 1); /* to the byte */
    memcpy(exact, bytes, left);
    if (safetensors_parse("m", exact, left, &file, &err) == KAC_OK) {
      for (size_t i = 0; i < file->n_tensors; i++) {
        float out[64];
        const struct tensor *t = &file->tensors[i];
        ck_assert_uint_le(t->n, 64);
        n_read += safetensors_floats(file, t->name, t->n_dim, t->shape, out,
                                     &err) == KAC_OK;
      }
      safetensors_close(file);
    }
    free(exact);
  }
  ck_assert_uint_gt(n_read, 1000);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("safetensors");
  TCase *cases = tcase_create("files"), *table = tcase_create("malformed");
  tcase_add_checked_fixture(cases, set_up, tear_down);
  tcase_add_test(cases, a_good_file_is_read);
  tcase_add_test(cases, every_type_is_read_exactly);
  tcase_add_checked_fixture(table, set_up, tear_down);
  tcase_add_loop_test(table, every_malformed_header_is_named, 0,
                      sizeof malformed / sizeof *malformed);
  tcase_add_test(cases, a_lying_length_is_refused_before_anything_is_taken);
  tcase_add_test(cases, another_kind_of_file_is_named);
  tcase_add_test(cases, a_tensor_that_nobody_asks_for_is_named);
  tcase_add_test(cases, too_many_tensors_are_refused);
  tcase_add_test(cases, numbers_that_are_not_finite_are_named);
  tcase_add_test(cases, a_wrong_shape_names_tensor_expected_and_found);
  tcase_add_test(cases, what_is_no_file_is_refused);
  tcase_add_test(cases, flat_objects_of_strings_are_read_alone);
  tcase_add_test(cases, flipped_bits_never_lead_outside);
  suite_add_tcase(suite, cases);
  suite_add_tcase(suite, table);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int n_failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
