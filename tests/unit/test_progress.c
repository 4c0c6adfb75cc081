/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When a progress line is shown, and what it says; the clock is the test's. */
#include "output/progress.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct progress progress;
static char *text;
static size_t bytes;
static FILE *out;

static void start(bool is_terminal, bool is_quiet, size_t width) {
  out = open_memstream(&text, &bytes);
  ck_assert_ptr_nonnull(out);
  progress_open(&progress, out, is_quiet, 100);
  ck_assert(!progress.is_terminal); /* a memory stream is none */
  progress.is_terminal = is_terminal;
  progress.width = width;
}

static const char *shown(void) {
  fflush(out);
  return text;
}

static void stop(void) {
  fclose(out);
  free(text);
}

static kac_frame frame_at(uint64_t step, uint32_t flags) {
  static double ess[2] = {500, 700}, unique[2] = {100, 140};
  return (kac_frame){.struct_size = sizeof(kac_frame),
                     .flags = flags,
                     .step = step,
                     .n_steps = 64,
                     .t = 0.41,
                     .n_particles = 1000,
                     .n_replicates = 2,
                     .ess = ess,
                     .unique = unique,
                     .log_z_mean = -3.2184};
}

static void show(uint64_t step, double now) {
  kac_frame frame = frame_at(step, KAC_FRAME_RESAMPLED);
  progress_frame(&progress, &frame, now);
}

START_TEST(a_terminal_line_is_rewritten) {
  start(true, false, 100);
  show(32, 108);
  ck_assert_str_eq(
      shown(),
      "\r[==============>             ] 32/64 t=0.41 ESS 600 (60%) "
      "log Z -3.218 anc 120 res 1 8k/s 0:08 left\033[K");
  progress_close(&progress);
  ck_assert_ptr_nonnull(strstr(shown(), "left\033[K\r\033[K"));
  stop();
}
END_TEST

START_TEST(a_line_never_wraps) {
  for (size_t width = 1; width < 140; width++) {
    start(true, false, width);
    show(32, 108);
    size_t columns = strlen(shown()) - strlen("\r\033[K");
    if (width > 50) ck_assert_uint_lt(columns, width);
    stop();
  }
}
END_TEST

START_TEST(at_most_ten_lines_a_second) {
  size_t n = 0;
  start(true, false, 80);
  for (int i = 1; i <= 1000; i++) show(1, 100 + 0.001 * i);
  for (const char *c = shown(); (c = strchr(c, '\r')); c++) n++;
  ck_assert_uint_ge(n, 9);
  ck_assert_uint_le(n, 10);
  stop();
}
END_TEST

START_TEST(plain_lines_come_every_five_seconds) {
  start(false, false, 0);
  show(1, 104.9);
  ck_assert_uint_eq(strlen(shown()), 0);
  show(32, 108);
  ck_assert_str_eq(shown(),
                   "step 32 of 64, t 0.41, ESS 600 of 1000 (60 %), log Z "
                   "-3.2184, 120 ancestors, resampled 2 times, 8k "
                   "particle-steps/s, 0:08 left\n");
  show(33, 112.9);
  progress_close(&progress);
  ck_assert_ptr_eq(strchr(shown(), '\n'), text + strlen(text) - 1);
  stop();
}
END_TEST

START_TEST(quiet_says_nothing) {
  start(true, true, 80);
  show(32, 108);
  progress_close(&progress);
  ck_assert_uint_eq(strlen(shown()), 0);
  stop();
}
END_TEST

START_TEST(low_ess_is_coloured_unless_unwanted) {
  double low[2] = {4, 6};
  kac_frame frame = frame_at(1, 0);
  frame.ess = low;
  start(true, false, 100);
  progress_frame(&progress, &frame, 101);
  ck_assert_ptr_null(strstr(shown(), "\033[3"));
  progress.has_colour = true;
  progress_frame(&progress, &frame, 102);
  ck_assert_ptr_nonnull(strstr(shown(), "\033[31mESS 5 (0.5%)\033[0m"));
  stop();
}
END_TEST

START_TEST(the_first_frame_has_no_time_left) {
  start(true, false, 100);
  show(0, 101);
  ck_assert_ptr_nonnull(strstr(shown(), "] 0/64 "));
  ck_assert_ptr_nonnull(strstr(shown(), "0/s ? left"));
  stop();
}
END_TEST

static void burn(size_t round, double now) {
  progress_burn_in(&progress, round, 400, now);
}

START_TEST(a_burn_in_is_shown_as_well) {
  start(true, false, 60);
  burn(1, 100.05);
  ck_assert_uint_eq(strlen(shown()), 0);
  burn(100, 110);
  ck_assert_str_eq(shown(),
                   "\r[=======>                      ] burn-in 100/400 0:30 "
                   "left\033[K");
  progress_close(&progress);
  ck_assert_ptr_nonnull(strstr(shown(), "left\033[K\r\033[K"));
  stop();
  start(false, false, 0);
  burn(100, 104.9);
  burn(200, 105);
  burn(201, 106);
  ck_assert_str_eq(shown(), "burn-in: round 200 of 400, 0:05 left\n");
  stop();
  start(true, true, 60);
  burn(100, 110);
  ck_assert_uint_eq(strlen(shown()), 0);
  stop();
}
END_TEST

START_TEST(a_burn_in_is_not_counted_as_steps) {
  start(true, false, 100);
  burn(400, 192);
  show(0, 192.05);
  show(32, 200.05);
  ck_assert_ptr_nonnull(strstr(shown(), " 8k/s 0:08 left"));
  stop();
}
END_TEST

int main(void) {
  Suite *suite = suite_create("progress");
  TCase *tests = tcase_create("progress");
  tcase_add_test(tests, a_terminal_line_is_rewritten);
  tcase_add_test(tests, a_line_never_wraps);
  tcase_add_test(tests, at_most_ten_lines_a_second);
  tcase_add_test(tests, plain_lines_come_every_five_seconds);
  tcase_add_test(tests, quiet_says_nothing);
  tcase_add_test(tests, low_ess_is_coloured_unless_unwanted);
  tcase_add_test(tests, a_burn_in_is_shown_as_well);
  tcase_add_test(tests, a_burn_in_is_not_counted_as_steps);
  tcase_add_test(tests, the_first_frame_has_no_time_left);
  suite_add_tcase(suite, tests);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
