/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arrays from .npy and text files: every type and version read exactly, every
 * way to be wrong named. */
#include <math.h>

#include "config/schema.h"
#include "config_fixture.h"

static const struct place AT = {"run.cfg", 13};
static kac_array array;

static bool read_from(const char *base, const char *path) {
  struct schema schema = {arena, diag, base, 0, {NULL, 0}};
  return schema_read_array(&schema, path, AT, &array);
}

static bool read_it(const char *path) {
  forget_messages();
  return read_from(".", path);
}

/* A .npy file of version 1 (or 2, 3), as NumPy writes it. */
static void write_npy(const char *path, int version, const char *header,
                      const void *data, size_t bytes) {
  char *file = arena_alloc(arena, 1024 + bytes);
  size_t n = strlen(header), start = version == 1 ? 10 : 12;
  memcpy(file, "\x93NUMPY", 6);
  file[6] = (char)version;
  file[8] = (char)(n & 0xff);
  file[9] = (char)(n >> 8);
  memcpy(file + start, header, n);
  memcpy(file + start + n, data, bytes);
  write_bytes(path, file, start + n + bytes);
}

static void write_f8(const char *path, const char *shape, const double *data,
                     size_t n) {
  write_npy(path, 1,
            arena_format(arena,
                         "{'descr': '<f8', 'fortran_order': False, 'shape': "
                         "%s, }          \n",
                         shape),
            data, n * sizeof *data);
}

static void expect(const char *path, const char *expected) {
  ck_assert(!read_it(path));
  ck_assert_str_eq(diag_text(diag), expected);
  ck_assert_int_eq(diag_code(diag), EXIT_CONFIG);
}

static const double SIX[] = {1, -2.5, 3e300, 4, 5e-320, 6};

START_TEST(a_matrix_is_read_in_c_order) {
  write_f8("x.npy", "(2, 3)", SIX, 6);
  ck_assert_msg(read_it("x.npy"), "%s", diag_text(diag));
  ck_assert_uint_eq(array.n, 6);
  ck_assert_uint_eq(array.n_dim, 2);
  ck_assert_uint_eq(array.shape[0], 2);
  ck_assert_uint_eq(array.shape[1], 3);
  for (size_t i = 0; i < 6; i++) ck_assert_double_eq(array.data[i], SIX[i]);
}
END_TEST

START_TEST(versions_two_and_three_have_longer_headers) {
  for (int version = 2; version <= 3; version++) {
    write_npy("x.npy", version,
              "{\"shape\":(3L,),\"fortran_order\":False,\"descr\":\"<f8\"}",
              SIX, 24);
    ck_assert_msg(read_it("x.npy"), "%s", diag_text(diag));
    ck_assert_uint_eq(array.n_dim, 1);
    ck_assert_uint_eq(array.shape[0], 3);
    ck_assert_double_eq(array.data[2], 3e300);
  }
}
END_TEST

START_TEST(every_little_endian_type_is_read) {
  const float f4[] = {0.1f, -3e38f};
  const int32_t i4[] = {INT32_MIN, 7};
  const int64_t i8[] = {-((int64_t)1 << 53), 9};
  write_npy("f4.npy", 1,
            "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", f4, 8);
  write_npy("i4.npy", 1,
            "{'descr': '<i4', 'fortran_order': False, 'shape': (2,), }", i4, 8);
  write_npy("i8.npy", 1,
            "{'descr': '<i8', 'fortran_order': False, 'shape': (2,), }", i8,
            16);
  ck_assert(read_it("f4.npy"));
  ck_assert_double_eq(array.data[0], (double)0.1f);
  ck_assert_double_eq(array.data[1], (double)-3e38f);
  ck_assert(read_it("i4.npy"));
  ck_assert_double_eq(array.data[0], -2147483648.0);
  ck_assert_double_eq(array.data[1], 7);
  ck_assert(read_it("i8.npy"));
  ck_assert_double_eq(array.data[0], -9007199254740992.0);
}
END_TEST

START_TEST(a_scalar_is_an_array_of_one) {
  write_f8("x.npy", "()", SIX, 1);
  ck_assert(read_it("x.npy"));
  ck_assert_uint_eq(array.n, 1);
  ck_assert_uint_eq(array.n_dim, 1);
  ck_assert_uint_eq(array.shape[0], 1);
}
END_TEST

static void expect_npy(const char *type, const char *fortran, const char *shape,
                       size_t bytes, const char *why) {
  write_npy(
      "x.npy", 1,
      arena_format(arena, "{'descr': %s, 'fortran_order': %s, 'shape': %s, }",
                   type, fortran, shape),
      SIX, bytes);
  expect("x.npy", arena_format(arena,
                               "x.npy: error: %s\n"
                               "    named at run.cfg:13\n",
                               why));
}

START_TEST(what_cannot_be_read_is_refused_by_name) {
  expect_npy("'<f8'", "True", "(2, 3)", 48,
             "in Fortran order: save numpy.ascontiguousarray(x)");
  expect_npy("'>f8'", "False", "(6,)", 48,
             "big-endian numbers '>f8': save x.astype('<f8')");
  expect_npy("'|O'", "False", "(6,)", 48,
             "Python objects '|O', not numbers: save x.astype('<f8')");
  expect_npy("'<c16'", "False", "(3,)", 48,
             "numbers of type '<c16', not <f8, <f4, <i8 or <i4: save "
             "x.astype('<f8')");
}
END_TEST

START_TEST(a_header_that_lies_is_refused) {
  const char *plain = "header is not that of a plain array";
  expect_npy("'<f8'", "False", "(7,)", 48,
             "48 bytes of numbers, its shape needs 56: cut off");
  expect_npy("'<f8'", "False", "(5,)", 48,
             "48 bytes of numbers, its shape needs 40");
  expect_npy("'<f8'", "False", "(4294967296, 4294967296)", 48,
             "shape is too large");
  expect_npy("'<f8'", "False", "(2305843009213693952,)", 48, plain);
  expect_npy("'<f8'", "False", "(288230376151711744, 8)", 48,
             "shape is too large");
  expect_npy("'<f8'", "False", "(0, 3)", 0, "no numbers in it");
  expect_npy("'<f8'", "False", "(1, 1, 1, 1, 6)", 48,
             "more than 4 dimensions: save x.reshape(len(x), -1)");
  expect_npy("'<f8'", "False", "(-6,)", 48, plain);
  expect_npy("'<f8'", "False", "6", 48, plain);
  expect_npy("'<f8'", "Maybe", "(6,)", 48, plain);
  expect_npy("[('a', '<f8')]", "False", "(6,)", 48,
             "records with named fields, not numbers: save x['field']");
  expect_npy("'<f8", "False", "(6", 48, plain);
  expect_npy("'<f8', 'other': 1", "False", "(6,)", 48, plain);
}
END_TEST

START_TEST(a_damaged_header_is_refused) {
  const struct {
    const char *bytes;
    size_t n;
    const char *why;
  } cases[] = {
      {"\x93NUMPY\x01", 7, "cut off in the header"},
      {"\x93NUMPY\x02\0\1\0\0", 11, "cut off in the header"},
      {"\x93NUMPY\x04\0\1\0\0\0{", 13, ".npy version 4, not 1, 2 or 3"},
      {"\x93NUMPY\x01\0\x20\0{}", 12,
       "header of 32 bytes in a file of 12: cut off"},
      {"\x93NUMPY\x02\0\xff\xff\xff\xff{}", 14,
       "header of 4294967295 bytes, over the limit of 65536"},
      {"\x93NUMPY\x01\0\2\0{}", 12, "header is not that of a plain array"},
      {"\x93NUMPY\x01\0\3\0{'a", 13, "header is not that of a plain array"},
      {"\x93NUMPY\x01\0\0\0", 10, "header is not that of a plain array"},
      {"\x93NUMPY\x01\0\x09\0{'shape' ", 19,
       "header is not that of a plain array"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    write_bytes("x.npy", cases[i].bytes, cases[i].n);
    expect("x.npy", arena_format(arena,
                                 "x.npy: error: %s\n"
                                 "    named at run.cfg:13\n",
                                 cases[i].why));
  }
}
END_TEST

START_TEST(numbers_must_be_finite_and_exact) {
  double bad[] = {1, 2, 3, 4, 5, 6};
  bad[5] = (double)NAN;
  write_f8("x.npy", "(2, 3)", bad, 6);
  expect("x.npy",
         "x.npy: error: element [1][2] is nan: must be finite\n"
         "    named at run.cfg:13\n");
  bad[1] = -HUGE_VAL;
  write_f8("x.npy", "(6,)", bad, 6);
  expect("x.npy",
         "x.npy: error: element [1] is -inf: must be finite\n"
         "    named at run.cfg:13\n");
  const int64_t large = ((int64_t)1 << 53) + 2;
  write_npy("x.npy", 1,
            "{'descr': '<i8', 'fortran_order': False, 'shape': (1,), }", &large,
            8);
  expect("x.npy",
         "x.npy: error: element [0] is 9007199254740994: must be at most 2^53\n"
         "    named at run.cfg:13\n");
}
END_TEST

START_TEST(a_text_is_a_table_of_numbers) {
  write_text("x.txt",
             "\xef\xbb\xbf# two points\n\n 1, 2.5,-3e2 # first\r\n"
             "\t.5 6\t7,\n");
  ck_assert(!read_it("x.txt")); /* a comma too many */
  write_text("x.txt",
             "\xef\xbb\xbf# two points\n\n 1, 2.5,-3e2 # first\r\n"
             "\t.5 6\t7");
  ck_assert_msg(read_it("x.txt"), "%s", diag_text(diag));
  const double expected[] = {1, 2.5, -300, 0.5, 6, 7};
  ck_assert_uint_eq(array.n, 6);
  ck_assert_uint_eq(array.n_dim, 2);
  ck_assert_uint_eq(array.shape[0], 2);
  ck_assert_uint_eq(array.shape[1], 3);
  for (size_t i = 0; i < 6; i++)
    ck_assert_double_eq(array.data[i], expected[i]);
}
END_TEST

START_TEST(a_text_that_is_no_table_is_refused_with_its_line) {
  const struct {
    const char *text, *why;
  } cases[] = {
      {"1 2\n3\n", ":2: error: 1 numbers, 2 in the lines above"},
      {"1 abc\n", ":1: error: 'abc' is not a number"},
      {"1\n2x\n", ":2: error: '2x' is not a number"},
      {"nan\n", ":1: error: 'nan' is not a number"},
      {"-inf\n", ":1: error: '-inf' is not a number"},
      {"0x10\n", ":1: error: '0x10' is not a number"},
      {"1e999\n", ":1: error: '1e999' is not a finite double number"},
      {"1e-999\n", ":1: error: '1e-999' is not a finite double number"},
      {"1,,2\n", ":1: error: a number is missing before the comma"},
      {"1, 2,\n", ":1: error: a number is missing behind the last comma"},
      {"# nothing\n", ": error: no numbers in it"},
      {"", ": error: no numbers in it"},
      {"\x1b[2J", ":1: error: '\\x1b[2J' is not a number"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    write_text("x.txt", cases[i].text);
    expect("x.txt", arena_format(arena, "x.txt%s\n    named at run.cfg:13\n",
                                 cases[i].why));
  }
  write_bytes("x.txt", "1 2\0", 4);
  expect("x.txt",
         "x.txt: error: neither an array of numpy.save (.npy) nor a table of "
         "numbers as text\n"
         "    named at run.cfg:13\n");
}
END_TEST

START_TEST(an_archive_of_arrays_says_how_to_take_one) {
  write_bytes("x.npz", "PK\003\004\024\0\0\0\0\0", 10);
  expect("x.npz",
         "x.npz: error: a zip archive of several arrays (.npz), and one is "
         "needed (.npy)\n"
         "    named at run.cfg:13\n"
         "    in Python: numpy.save('x.npy', numpy.load('x.npz')['NAME']), "
         "with x.npz this file; numpy.load('x.npz').files are the names\n");
}
END_TEST

START_TEST(a_path_is_relative_to_the_config) {
  mkdir("conf", 0700);
  write_text("conf/x.txt", "7\n");
  ck_assert(read_from("conf", "x.txt"));
  ck_assert_double_eq(array.data[0], 7);
  char *here = getcwd(NULL, 0);
  ck_assert(read_from("elsewhere", arena_format(arena, "%s/conf/x.txt", here)));
  free(here);
}
END_TEST

START_TEST(what_is_no_file_is_named) {
  mkfifo("pipe", 0600);
  expect("none.npy",
         "run.cfg:13: error: file 'none.npy': no such file or "
         "directory\n");
  expect("pipe",
         "run.cfg:13: error: file 'pipe': a pipe, not a regular "
         "file\n");
  expect("-", "run.cfg:13: error: '-' is not the path of a file\n");
  expect("", "run.cfg:13: error: '' is not the path of a file\n");
}
END_TEST

START_TEST(every_truncation_and_bit_flip_is_survived) {
  write_f8("x.npy", "(2, 3)", SIX, 6);
  char whole[256], damaged[256];
  FILE *file = fopen("x.npy", "rb");
  size_t n = fread(whole, 1, sizeof whole, file);
  fclose(file);
  for (size_t k = 0; k < n; k++) {
    write_bytes("y.npy", whole, k);
    ck_assert(!read_it("y.npy"));
  }
  for (size_t bit = 0; bit < 8 * n; bit += 3) {
    memcpy(damaged, whole, n);
    damaged[bit / 8] = (char)(damaged[bit / 8] ^ (1 << bit % 8));
    write_bytes("y.npy", damaged, n);
    bool is_good = read_it("y.npy");
    ck_assert(is_good == (diag_errors(diag) == 0));
    if (!is_good) continue;
    for (size_t i = 0; i < array.n; i++) ck_assert(isfinite(array.data[i]));
  }
}
END_TEST

int main(void) {
  const TTest *const tests[] = {
      a_matrix_is_read_in_c_order,
      versions_two_and_three_have_longer_headers,
      every_little_endian_type_is_read,
      a_scalar_is_an_array_of_one,
      what_cannot_be_read_is_refused_by_name,
      a_header_that_lies_is_refused,
      a_damaged_header_is_refused,
      numbers_must_be_finite_and_exact,
      a_text_is_a_table_of_numbers,
      a_text_that_is_no_table_is_refused_with_its_line,
      an_archive_of_arrays_says_how_to_take_one,
      a_path_is_relative_to_the_config,
      what_is_no_file_is_named,
      every_truncation_and_bit_flip_is_survived,
  };
  return RUN_SUITE("array_file", tests);
}
