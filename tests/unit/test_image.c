/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Contact sheets read back with libpng, pixel by pixel, and the choice of
 * particles that the observers share (plugins/observer/pick.h). */
#include <png.h>

#include "../watch_fixture.h"

/* --- reading ---------------------------------------------------------------
 */
enum { MAX_BYTES = 4096 };
struct sheet {
  size_t width, height, n_channels;
  unsigned char pixel[MAX_BYTES];
};

static struct sheet read_sheet(const struct watch *w, const char *name) {
  size_t n;
  char *text = watch_file(w, name, &n);
  png_image image = {.version = PNG_IMAGE_VERSION};
  struct sheet sheet = {0};
  ck_assert_uint_gt(n, 26);
  ck_assert_int_eq(text[24], 8); /* bits of a level, in the header */
  ck_assert(png_image_begin_read_from_memory(&image, text, n));
  sheet.width = image.width;
  sheet.height = image.height;
  sheet.n_channels = PNG_IMAGE_SAMPLE_CHANNELS(image.format);
  ck_assert_uint_le(PNG_IMAGE_SIZE(image), MAX_BYTES);
  ck_assert(png_image_finish_read(&image, NULL, sheet.pixel, 0, NULL));
  free(text);
  return sheet;
}

static void expect_sheet(const struct watch *w, const char *name, size_t width,
                         size_t height, size_t n_channels,
                         const unsigned char *pixel) {
  struct sheet sheet = read_sheet(w, name);
  ck_assert_uint_eq(sheet.width, width);
  ck_assert_uint_eq(sheet.height, height);
  ck_assert_uint_eq(sheet.n_channels, n_channels);
  ck_assert_mem_eq(sheet.pixel, pixel, width * height * n_channels);
}

/* --- sheets of images made by hand -----------------------------------------
 */
static const double unit[2] = {0, 1};

static void open_image(struct watch *w, size_t d, int64_t width,
                       int64_t height) {
  watch_init(w, "image", d);
  config_int(w->plugin, w->config, "width", width);
  config_int(w->plugin, w->config, "height", height);
  config_array(w->plugin, w->config, "range", unit, 2, 1);
}

static void show(struct watch *w, const double *x, size_t n) {
  const double logw[8] = {0}, log_z = 0;
  watch_create(w, n, 1);
  kac_frame frame = frame_of(w, x, w->space.n_real, logw, n, &log_z, 1);
  watch_record(w, &frame);
  watch_end(w);
}

START_TEST(image_makes_a_sheet_with_gaps_and_grey_rest) {
  struct watch w;
  open_image(&w, 2, 2, 1);
  config_int(w.plugin, w.config, "scale", 2);
  const double x[6] = {0, 1, 0.2, 0.4, 0.6, 0.8};
  show(&w, x, 3);
  const unsigned char rows[5][9] = {
      {0, 0, 255, 255, 128, 51, 51, 102, 102},
      {0, 0, 255, 255, 128, 51, 51, 102, 102},
      {128, 128, 128, 128, 128, 128, 128, 128, 128},
      {153, 153, 204, 204, 128, 128, 128, 128, 128},
      {153, 153, 204, 204, 128, 128, 128, 128, 128}};
  expect_sheet(&w, "sheet.png", 9, 5, 1, rows[0]);
  watch_free(&w);
}
END_TEST

START_TEST(image_holds_values_in_the_range_and_rounds) {
  struct watch w;
  open_image(&w, 8, 4, 2);
  const double step = 1.0 / 255;
  const double x[8] = {-3,          KAC_NAN,     KAC_INF,       1.0001,
                       0.49 * step, 0.51 * step, 254.49 * step, 254.51 * step};
  show(&w, x, 1);
  const unsigned char pixel[8] = {0, 0, 255, 255, 0, 1, 254, 255};
  expect_sheet(&w, "sheet.png", 4, 2, 1, pixel);
  watch_free(&w);
  const double negative[2] = {3, -1}; /* black above white */
  open_image(&w, 3, 3, 1);
  config_array(w.plugin, w.config, "range", negative, 2, 1);
  show(&w, (const double[]){3, 1, -1}, 1);
  expect_sheet(&w, "sheet.png", 3, 1, 1, (const unsigned char[]){0, 128, 255});
  watch_free(&w);
}
END_TEST

START_TEST(image_takes_colours_in_planes_or_side_by_side) {
  const double x[12] = {0, .2, .4, .6, .8, 1, 1, .8, .6, .4, .2, 0};
  const unsigned char planar[12] = {0,   204, 153, 51,  255, 102,
                                    102, 255, 51,  153, 204, 0};
  const unsigned char interleaved[12] = {0,   51,  102, 153, 204, 255,
                                         255, 204, 153, 102, 51,  0};
  for (int64_t layout = 0; layout < 2; layout++) {
    struct watch w;
    open_image(&w, 12, 2, 2);
    config_int(w.plugin, w.config, "layout", layout);
    show(&w, x, 1);
    expect_sheet(&w, "sheet.png", 2, 2, 3, layout ? interleaved : planar);
    watch_free(&w);
  }
}
END_TEST

START_TEST(image_makes_sheets_on_the_way) {
  struct watch w;
  open_image(&w, 1, 1, 1);
  config_int(w.plugin, w.config, "interval", 2);
  watch_create(&w, 1, 1);
  const double logw = 0, log_z = 0;
  for (uint64_t step = 0; step <= 3; step++) {
    double x = (double)step / 255;
    kac_frame frame = frame_of(&w, &x, 1, &logw, 1, &log_z, 1);
    frame.step = step;
    frame.flags = step == 3 ? KAC_FRAME_FINAL : 0;
    watch_record(&w, &frame);
  }
  watch_end(&w);
  ck_assert_uint_eq(w.n_files, 3);
  expect_sheet(&w, "sheet_000000.png", 1, 1, 1, (const unsigned char[]){0});
  expect_sheet(&w, "sheet_000002.png", 1, 1, 1, (const unsigned char[]){2});
  expect_sheet(&w, "sheet.png", 1, 1, 1, (const unsigned char[]){3});
  watch_free(&w);
}
END_TEST

/* --- which particles -------------------------------------------------------
 */
/* Two replicates of three whose Z are 2 and 3: weights 0.2 0 0.2, 0 0.15 0.45.
 */
START_TEST(image_picks_by_weight_over_all_replicates) {
  enum { R, F, B };
  static const struct {
    int64_t how, count;
    size_t n;
    unsigned char row[8];
  } cases[] = {{R, 6, 6, {0, 2, 4, 5, 5, 5}},
               {R, 4, 4, {0, 2, 5, 5}},
               {R, 1, 1, {4}},
               {F, 3, 3, {0, 2, 4}},
               {F, 6, 4, {0, 2, 4, 5}},
               {B, 3, 3, {5, 0, 2}},
               {B, 64, 4, {5, 0, 2, 4}}};
  const double log_z[2] = {log(2) - 700, log(3) - 700};
  const double logw[6] = {5, -KAC_INF, 5, -KAC_INF, -9, log(3) - 9};
  double x[6];
  for (int i = 0; i < 6; i++) x[i] = i / 255.0;
  x[1] = KAC_NAN;
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    struct watch w;
    open_image(&w, 1, 1, 1);
    config_int(w.plugin, w.config, "gap", 0);
    config_int(w.plugin, w.config, "columns", 10);
    config_int(w.plugin, w.config, "pick", cases[k].how);
    config_int(w.plugin, w.config, "count", cases[k].count);
    watch_create(&w, 3, 2);
    kac_frame frame = frame_of(&w, x, 1, logw, 3, log_z, 2);
    watch_record(&w, &frame);
    struct sheet sheet = read_sheet(&w, "sheet.png");
    size_t count = cases[k].count > 6 ? 6 : (size_t)cases[k].count;
    ck_assert_uint_eq(sheet.width, count);
    for (size_t i = 0; i < count; i++)
      ck_assert_uint_eq(sheet.pixel[i], i < cases[k].n ? cases[k].row[i] : 128);
    watch_free(&w);
  }
}
END_TEST

START_TEST(image_says_that_nobody_is_left) {
  struct watch w;
  open_image(&w, 1, 1, 1);
  watch_create(&w, 1, 1);
  const double x = 0, dead = -KAC_INF;
  kac_frame frame = frame_of(&w, &x, 1, &dead, 1, &dead, 1);
  watch_record(&w, &frame);
  ck_assert_str_eq(w.log, "no sheet: the population died out");
  ck_assert_uint_eq(w.n_files, 0);
  watch_free(&w);
}
END_TEST

START_TEST(image_writes_nothing_when_the_run_writes_no_files) {
  struct watch w;
  open_image(&w, 1, 1, 1);
  w.is_dry = 1;
  show(&w, unit, 1);
  watch_free(&w);
}
END_TEST

/* --- what it refuses -------------------------------------------------------
 */
static void expect_refusal(struct watch *w, size_t n_particles,
                           const char *text) {
  kac_plan plan = {.struct_size = sizeof plan,
                   .space = &w->space,
                   .n_particles = n_particles,
                   .n_replicates = 1,
                   .n_steps = 1000};
  kac_error err = {0};
  ck_assert_int_eq(w->plugin->plan(w->config, &plan, &err), KAC_EINVAL);
  ck_assert_str_eq(err.msg, text);
  watch_free(w);
}

START_TEST(image_refuses_what_makes_no_sheet) {
  struct watch w;
  const double three[3] = {0, 1, 2}, same[2] = {2, 2};
  open_image(&w, 64, 8, 7);
  expect_refusal(&w, 10,
                 "width * height is 8 * 7 = 56, expected 64, the numbers of a "
                 "particle");
  open_image(&w, 12, 8, 7);
  expect_refusal(&w, 10,
                 "width * height is 8 * 7 = 56, expected 12, the numbers of a "
                 "particle, or a third of it for colour");
  open_image(&w, 1, 1, 1);
  config_array(w.plugin, w.config, "range", three, 3, 1);
  expect_refusal(&w, 10, "range has 3 numbers, expected 2: [black, white]");
  open_image(&w, 1, 1, 1);
  config_array(w.plugin, w.config, "range", same, 2, 1);
  expect_refusal(&w, 10, "range is [2, 2], expected black and white to differ");
  open_image(&w, 1, 1, 1);
  config_int(w.plugin, w.config, "interval", 2);
  expect_refusal(&w, 10,
                 "interval is 2, which makes 500 sheets in 1000 steps, "
                 "expected at most 200; take a larger interval");
  open_image(&w, 1000, 1, 1000);
  config_int(w.plugin, w.config, "count", 10000);
  config_int(w.plugin, w.config, "scale", 4);
  expect_refusal(&w, 10000,
                 "the sheet has 499 by 400099 pixels, expected at most 32768 "
                 "on a side and 268435456 in all; lower count or scale");
}
END_TEST

START_TEST(image_refuses_names_that_are_none) {
  static const char *const bad[] = {"a/b.png", ".png", "a.jpg", ".a.png", ""};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    struct watch w;
    char text[200];
    open_image(&w, 1, 1, 1);
    memcpy(config_member(w.plugin, w.config, "file"), &bad[i], sizeof bad[i]);
    snprintf(text, sizeof text,
             "file is '%s', expected a name of at most 100 letters without "
             "'/' that ends in '.png'",
             bad[i]);
    expect_refusal(&w, 1, text);
  }
}
END_TEST

int main(void) {
  Suite *suite = suite_create("image");
  TCase *sheets = tcase_create("sheets");
  tcase_add_test(sheets, image_makes_a_sheet_with_gaps_and_grey_rest);
  tcase_add_test(sheets, image_holds_values_in_the_range_and_rounds);
  tcase_add_test(sheets, image_takes_colours_in_planes_or_side_by_side);
  tcase_add_test(sheets, image_makes_sheets_on_the_way);
  tcase_add_test(sheets, image_writes_nothing_when_the_run_writes_no_files);
  suite_add_tcase(suite, sheets);
  TCase *choice = tcase_create("choice");
  tcase_add_test(choice, image_picks_by_weight_over_all_replicates);
  tcase_add_test(choice, image_says_that_nobody_is_left);
  suite_add_tcase(suite, choice);
  TCase *refusals = tcase_create("refusals");
  tcase_add_test(refusals, image_refuses_what_makes_no_sheet);
  tcase_add_test(refusals, image_refuses_names_that_are_none);
  suite_add_tcase(suite, refusals);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int n_failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
