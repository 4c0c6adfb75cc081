/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arrays written as .npz come back from an independent reader that follows the
 * zip directory; once plain and once with every field in 64 bits. */
#include "output/npz.h"

#include <check.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "output/samples.h"

struct member { /* as found by the reader */
  uint64_t bytes, start;
  uint32_t crc;
  char name[64];
};
struct archive {
  unsigned char *data;
  size_t bytes, n;
  struct member member[NPZ_MAX_MEMBERS];
};

static uint64_t get(const unsigned char *at, size_t n) {
  uint64_t value = 0;
  for (size_t i = 0; i < n; i++) value |= (uint64_t)at[i] << (8 * i);
  return value;
}

static void read_all(struct archive *archive, FILE *file) {
  ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
  archive->bytes = (size_t)ftell(file);
  archive->data = malloc(archive->bytes);
  rewind(file);
  ck_assert_uint_eq(fread(archive->data, 1, archive->bytes, file),
                    archive->bytes);
}

/* Bit by bit, unlike the code under test. */
static uint32_t slow_crc(const unsigned char *data, size_t n) {
  uint32_t sum = 0xffffffff;
  for (size_t i = 0; i < n; i++) {
    sum ^= data[i];
    for (int bit = 0; bit < 8; bit++)
      sum = (sum >> 1) ^ (sum & 1 ? 0xedb88320u : 0);
  }
  return ~sum;
}

static const unsigned char *read_central(const unsigned char *at,
                                         struct member *member) {
  ck_assert_uint_eq(get(at, 4), 0x02014b50);
  uint64_t bytes = get(at + 24, 4), offset = get(at + 42, 4);
  ck_assert_uint_eq(get(at + 20, 4), bytes);
  size_t name = (size_t)get(at + 28, 2), extra = (size_t)get(at + 30, 2);
  const unsigned char *wide = at + 46 + name + 4;
  if (bytes == 0xffffffff) {
    bytes = get(wide, 8);
    ck_assert_uint_eq(get(wide + 8, 8), bytes);
    wide += 16;
  }
  if (offset == 0xffffffff) offset = get(wide, 8);
  member->bytes = bytes;
  member->start = offset;
  member->crc = (uint32_t)get(at + 16, 4);
  memcpy(member->name, at + 46, name);
  member->name[name] = '\0';
  return at + 46 + name + extra;
}

/* From the offset of the local header to that of the data. */
static void enter(const struct archive *archive, struct member *member) {
  const unsigned char *at = archive->data + member->start;
  ck_assert_uint_eq(get(at, 4), 0x04034b50);
  size_t name = (size_t)get(at + 26, 2), extra = (size_t)get(at + 28, 2);
  ck_assert_uint_eq(get(at + 14, 4), member->crc);
  ck_assert_int_eq(memcmp(at + 30, member->name, name), 0);
  if (get(at + 22, 4) == 0xffffffff)
    ck_assert_uint_eq(get(at + 30 + name + 4, 8), member->bytes);
  else
    ck_assert_uint_eq(get(at + 22, 4), member->bytes);
  member->start += 30 + name + extra;
  ck_assert_uint_eq(member->start % 64, 0);
  ck_assert_uint_eq(
      slow_crc(archive->data + member->start, (size_t)member->bytes),
      member->crc);
}

static void read_archive(struct archive *archive, FILE *file) {
  read_all(archive, file);
  const unsigned char *end = archive->data + archive->bytes - 22;
  ck_assert_uint_eq(get(end, 4), 0x06054b50);
  uint64_t offset = get(end + 16, 4), length = get(end + 12, 4);
  archive->n = (size_t)get(end + 10, 2);
  if (offset == 0xffffffff) {
    ck_assert_uint_eq(get(end - 20, 4), 0x07064b50);
    const unsigned char *wide = archive->data + get(end - 12, 8);
    ck_assert_uint_eq(get(wide, 4), 0x06064b50);
    ck_assert_uint_eq(get(wide + 4, 8), 44);
    ck_assert_uint_eq(get(wide + 32, 8), archive->n);
    ck_assert_uint_eq(get(wide + 40, 8), length);
    offset = get(wide + 48, 8);
  }
  const unsigned char *at = archive->data + offset;
  for (size_t i = 0; i < archive->n; i++)
    at = read_central(at, &archive->member[i]);
  ck_assert_ptr_eq(at, archive->data + offset + length);
  for (size_t i = 0; i < archive->n; i++) enter(archive, &archive->member[i]);
}

/* The payload behind a .npy header that says `dictionary`. */
static const void *payload(const struct archive *archive, const char *name,
                           const char *dictionary) {
  size_t i = 0;
  while (i < archive->n && strcmp(archive->member[i].name, name) != 0) i++;
  ck_assert_msg(i < archive->n, "no member %s", name);
  const unsigned char *at = archive->data + archive->member[i].start;
  ck_assert_int_eq(memcmp(at, "\x93NUMPY\x01\x00", 8), 0);
  size_t head = 10 + (size_t)get(at + 8, 2);
  ck_assert_uint_eq(head % 64, 0);
  ck_assert_int_eq(at[head - 1], '\n');
  ck_assert_int_eq(memcmp(at + 10, dictionary, strlen(dictionary)), 0);
  return at + head;
}

static const double numbers[6] = {1, -2.5, 3e-300, 0, 5, 6};
static const int32_t integers[3] = {-1, 0, 7};
static const uint32_t counts[2] = {0, 0xffffffff};

static bool write_three(struct npz *npz, struct fault *fault) {
  struct npz_array x = {"x", NPZ_DOUBLE, numbers, 2, {3, 2, 0}};
  struct npz_array i = {"i", NPZ_INT32, integers, 1, {3, 0, 0}};
  struct npz_array u = {"lineage", NPZ_UINT32, counts, 1, {2, 0, 0}};
  return npz_add(npz, &x, fault) && npz_add(npz, &i, fault) &&
         npz_add(npz, &u, fault) && npz_finish(npz, fault);
}

static void round_trip(uint64_t zip64_from) {
  struct archive archive;
  struct fault fault;
  struct npz npz;
  FILE *file = tmpfile();
  npz_start(&npz, fileno(file), "three.npz");
  npz.zip64_from = zip64_from;
  ck_assert(write_three(&npz, &fault));
  read_archive(&archive, file);
  ck_assert_uint_eq(archive.n, 3);
  const void *x =
      payload(&archive, "x.npy",
              "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2), }");
  ck_assert_int_eq(memcmp(x, numbers, sizeof numbers), 0);
  const void *i =
      payload(&archive, "i.npy",
              "{'descr': '<i4', 'fortran_order': False, 'shape': (3,), }");
  ck_assert_int_eq(memcmp(i, integers, sizeof integers), 0);
  const void *u =
      payload(&archive, "lineage.npy",
              "{'descr': '<u4', 'fortran_order': False, 'shape': (2,), }");
  ck_assert_int_eq(memcmp(u, counts, sizeof counts), 0);
  free(archive.data);
  fclose(file);
}

START_TEST(arrays_come_back) {
  round_trip(0xffffffff);
}
END_TEST

/* 1: everything but the first offset is beyond; 150 and 400: a mixture. */
START_TEST(arrays_come_back_in_64_bit_fields) {
  round_trip(1);
  round_trip(150);
  round_trip(400);
}
END_TEST

START_TEST(crc_has_the_published_check_value) {
  struct crc32 crc;
  crc32_init(&crc);
  ck_assert_uint_eq(crc32_add(&crc, 0, "123456789", 9), 0xcbf43926);
  uint32_t first = crc32_add(&crc, 0, "1234", 4);
  ck_assert_uint_eq(crc32_add(&crc, first, "56789", 5), 0xcbf43926);
}
END_TEST

START_TEST(a_pipe_gets_the_bytes_of_a_file) {
  char from_pipe[8192], from_file[8192];
  struct fault fault;
  struct npz npz;
  int ends[2];
  ck_assert_int_eq(pipe(ends), 0);
  npz_start(&npz, ends[1], "pipe");
  ck_assert(write_three(&npz, &fault));
  close(ends[1]);
  ssize_t n = read(ends[0], from_pipe, sizeof from_pipe);
  close(ends[0]);
  FILE *file = tmpfile();
  npz_start(&npz, fileno(file), "file");
  ck_assert(write_three(&npz, &fault));
  ck_assert_int_eq(pread(fileno(file), from_file, sizeof from_file, 0), n);
  ck_assert_int_eq(memcmp(from_pipe, from_file, (size_t)n), 0);
  fclose(file);
}
END_TEST

START_TEST(a_write_error_names_the_file_and_the_reason) {
  struct fault fault;
  struct npz npz;
  FILE *full = fopen("/dev/full", "w");
  ck_assert_ptr_nonnull(full);
  npz_start(&npz, fileno(full), "samples.npz");
  ck_assert(!write_three(&npz, &fault));
  ck_assert_int_eq(fault.code, EXIT_FILE);
  ck_assert_str_eq(fault.text,
                   "cannot write 'samples.npz': No space left on device");
  fclose(full);
}
END_TEST

START_TEST(a_reader_that_is_gone_is_a_write_error) {
  struct fault fault;
  struct npz npz;
  int ends[2];
  ck_assert_int_eq(pipe(ends), 0);
  close(ends[0]);
  signal(SIGPIPE, SIG_IGN);
  npz_start(&npz, ends[1], "out");
  ck_assert(!write_three(&npz, &fault));
  ck_assert_int_eq(fault.code, EXIT_FILE);
  ck_assert_str_eq(fault.text, "cannot write 'out': Broken pipe");
  close(ends[1]);
}
END_TEST

static struct run_result small_result(void) {
  static double x[12], logw[4], phi[4], log_z[2] = {1, 2}, ess[2] = {1.5, 2};
  static uint32_t lineage[4] = {0, 1, 1, 0};
  for (size_t i = 0; i < 12; i++) x[i] = (double)i;
  return (struct run_result){.n_particles = 2,
                             .n_replicates = 2,
                             .n_real = 3,
                             .x = x,
                             .logw = logw,
                             .lineage = lineage,
                             .phi = phi,
                             .n_potentials = 1,
                             .log_z_each = log_z,
                             .ess_each = ess,
                             .log_z_start = (double)NAN};
}

START_TEST(samples_hold_rows_with_their_replicate) {
  const int32_t replicate[4] = {0, 0, 1, 1};
  struct run_result result = small_result();
  struct spec spec = {.space = {.n_bodies = 1, .n_dim = 3}};
  struct archive archive;
  struct fault fault;
  FILE *file = tmpfile();
  ck_assert(samples_write(fileno(file), &spec, &result, &fault));
  read_archive(&archive, file);
  ck_assert_uint_eq(archive.n, 7);
  const void *x =
      payload(&archive, "x.npy",
              "{'descr': '<f8', 'fortran_order': False, 'shape': (4, 3), }");
  ck_assert_int_eq(memcmp(x, result.x, 12 * sizeof(double)), 0);
  const void *found = payload(&archive, "replicate.npy", "{'descr': '<i4', ");
  ck_assert_int_eq(memcmp(found, replicate, sizeof replicate), 0);
  payload(&archive, "phi.npy",
          "{'descr': '<f8', 'fortran_order': False, 'shape': (4, 1), }");
  free(archive.data);
  fclose(file);
}
END_TEST

/* Two replicates of two: strength -2 turns the order of phi around; a dead
 * row is no candidate; a guide does not judge. */
START_TEST(best_of_n_writes_the_best_row_of_each_replicate) {
  struct spec_potential potentials[2] = {
      {.mode = MODE_FINAL, .strength = ramp_constant(-2)},
      {.mode = MODE_GUIDE, .strength = ramp_constant(1)}};
  double phi[8] = {3, 0, 1, 100, -5, 0, 4, 0}, logw[4] = {-1, -1, -HUGE_VAL, 0};
  struct run_result result = small_result();
  struct spec spec = {.space = {.n_bodies = 1, .n_dim = 3},
                      .potentials = potentials,
                      .n_potentials = 2,
                      .correctness = GREEDY,
                      .best_of_n = true};
  result.phi = phi;
  result.logw = logw;
  result.n_potentials = 2;
  struct archive archive;
  struct fault fault;
  FILE *file = tmpfile();
  ck_assert(samples_write(fileno(file), &spec, &result, &fault));
  read_archive(&archive, file);
  const double *x =
      payload(&archive, "x.npy",
              "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }");
  double seen[6];
  memcpy(seen, x, sizeof seen);
  const double expected[6] = {3, 4, 5, 9, 10, 11}; /* rows 1 and 3 */
  ck_assert_mem_eq(seen, expected, sizeof expected);
  payload(&archive, "phi.npy",
          "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }");
  const int32_t number[2] = {0, 1};
  const void *found = payload(&archive, "replicate.npy", "{'descr': '<i4', ");
  ck_assert_mem_eq(found, number, sizeof number);
  const double weight[2] = {0, 0};
  found = payload(&archive, "logw.npy", "{'descr': '<f8', ");
  ck_assert_mem_eq(found, weight, sizeof weight);
  found = payload(&archive, "log_z.npy",
                  "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }");
  memcpy(seen, found, 2 * sizeof *seen);
  ck_assert(isnan(seen[0]) && isnan(seen[1])); /* a search has none */
  free(archive.data);
  fclose(file);
}
END_TEST

START_TEST(bodies_are_an_axis_of_their_own) {
  double logp[8] = {0};
  struct run_result result = small_result();
  struct spec spec = {.space = {.n_bodies = 3, .n_dim = 1}};
  result.logp = logp;
  result.n_scores = 2;
  struct archive archive;
  struct fault fault;
  FILE *file = tmpfile();
  ck_assert(samples_write(fileno(file), &spec, &result, &fault));
  read_archive(&archive, file);
  payload(&archive, "x.npy",
          "{'descr': '<f8', 'fortran_order': False, 'shape': (4, 3, 1), }");
  payload(&archive, "logp.npy",
          "{'descr': '<f8', 'fortran_order': False, 'shape': (4, 2), }");
  free(archive.data);
  fclose(file);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("npz");
  TCase *tests = tcase_create("npz");
  tcase_add_test(tests, arrays_come_back);
  tcase_add_test(tests, arrays_come_back_in_64_bit_fields);
  tcase_add_test(tests, crc_has_the_published_check_value);
  tcase_add_test(tests, a_pipe_gets_the_bytes_of_a_file);
  tcase_add_test(tests, a_write_error_names_the_file_and_the_reason);
  tcase_add_test(tests, a_reader_that_is_gone_is_a_write_error);
  tcase_add_test(tests, samples_hold_rows_with_their_replicate);
  tcase_add_test(tests, best_of_n_writes_the_best_row_of_each_replicate);
  tcase_add_test(tests, bodies_are_an_axis_of_their_own);
  suite_add_tcase(suite, tests);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
