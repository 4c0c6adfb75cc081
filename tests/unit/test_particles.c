/* SPDX-License-Identifier: GPL-3.0-or-later */
/* xyz and dcd against frames made by hand, byte by byte.  Which particles they
 * take is tested with image; that ASE reads the files, in tests/cli/ase.sh. */
#include "../watch_fixture.h"

static void open_particles(struct watch *w, const char *name, size_t n_bodies,
                           size_t n_dim) {
  watch_init(w, name, n_bodies * n_dim);
  w->space.n_bodies = n_bodies;
  w->space.n_dim = n_dim;
}

static void config_string(struct watch *w, const char *key, const char *value) {
  memcpy(config_member(w->plugin, w->config, key), &value, sizeof value);
}

static void expect_refusal(struct watch *w, kac_status code, const char *text) {
  kac_plan plan = {.struct_size = sizeof plan,
                   .space = &w->space,
                   .n_particles = 1,
                   .n_replicates = 1};
  kac_error err = {0};
  ck_assert_int_eq(w->plugin->plan(w->config, &plan, &err), code);
  ck_assert_str_eq(err.msg, text);
  watch_free(w);
}

/* --- xyz -------------------------------------------------------------------
 */
/* Replicates of Z = 1 and 3 with two particles each; the second is dead. */
static void record_four(struct watch *w, const double *x) {
  static const double logw[4] = {0, -KAC_INF, 0, 0};
  const double log_z[2] = {0, log(3)};
  kac_frame frame = frame_of(w, x, w->space.n_real, logw, 2, log_z, 2);
  watch_record(w, &frame);
}

START_TEST(xyz_writes_a_structure_for_each_particle) {
  struct watch w;
  open_particles(&w, "xyz", 2, 2);
  config_string(&w, "species", " C  H ");
  config_int(w.plugin, w.config, "pick", 1);
  config_real(w.plugin, w.config, "scale", 10);
  watch_create(&w, 2, 2);
  const double x[16] = {0, 1,    2,    3,    9, 9, 9,  9,
                        4, 0.25, 1e-3, 0.05, 0, 0, -1, 1e20};
  record_four(&w, x);
  watch_end(&w);
  size_t n;
  char *text = watch_file(&w, "particles.xyz", &n), expected[1024];
  const char *head = "2\nProperties=species:S:1:pos:R:3 step=4 t=0.25";
  snprintf(expected, sizeof expected,
           "%s replicate=0 particle=0 logw=%.15g pbc=\"F F F\"\n"
           "C 0 10 0\nH 20 30 0\n"
           "%s replicate=1 particle=0 logw=%.15g pbc=\"F F F\"\n"
           "C 40 2.5 0\nH 0.01 0.5 0\n"
           "%s replicate=1 particle=1 logw=%.15g pbc=\"F F F\"\n"
           "C 0 0 0\nH -10 1e+21 0\n",
           head, log(0.25), head, log(0.375), head, log(0.375));
  ck_assert_str_eq(text, expected);
  free(text);
  watch_free(&w);
}
END_TEST

START_TEST(xyz_draws_have_equal_weights_and_keep_all_digits) {
  struct watch w;
  open_particles(&w, "xyz", 2, 3);
  config_string(&w, "species", "Ar");
  config_int(w.plugin, w.config, "count", 2);
  watch_create(&w, 2, 2);
  double x[24];
  for (int i = 0; i < 24; i++) x[i] = sqrt(i) - 2;
  record_four(&w, x); /* cumulative 0.25, 0.625, 1: the third and fourth */
  watch_end(&w);
  size_t n;
  char *text = watch_file(&w, "particles.xyz", &n), *at = text;
  for (size_t k = 0; k < 2; k++) {
    at = strstr(at, " logw=-0.693147180559945 ");
    ck_assert_ptr_nonnull(at);
    at = strstr(at, "\nAr ");
    ck_assert_ptr_nonnull(at);
    double y[6];
    ck_assert_int_eq(sscanf(at, " Ar %lf %lf %lf Ar %lf %lf %lf", y, y + 1,
                            y + 2, y + 3, y + 4, y + 5),
                     6);
    ck_assert_mem_eq(y, x + 12 + 6 * k, sizeof y);
  }
  free(text);
  watch_free(&w);
}
END_TEST

static void record_steps(struct watch *w) {
  const double x[6] = {1, 2, 3, 4, 5, 6}, logw = 0, log_z = 0;
  for (uint64_t step = 0; step <= 4; step++) {
    kac_frame frame = frame_of(w, x, 6, &logw, 1, &log_z, 1);
    frame.step = step;
    frame.flags = step == 4 ? KAC_FRAME_FINAL : 0;
    watch_record(w, &frame);
  }
}

START_TEST(xyz_keeps_every_interval_th_step_and_the_last) {
  struct watch w;
  open_particles(&w, "xyz", 2, 3);
  config_int(w.plugin, w.config, "interval", 3);
  watch_create(&w, 1, 1);
  record_steps(&w);
  watch_end(&w);
  size_t n, n_structures = 0;
  char *text = watch_file(&w, "particles.xyz", &n);
  for (char *at = text; (at = strstr(at, " step=")); at++) {
    ck_assert_int_eq(at[6], "034"[n_structures]);
    n_structures++;
  }
  ck_assert_uint_eq(n_structures, 3);
  free(text);
  watch_free(&w);
}
END_TEST

START_TEST(xyz_refuses_species_that_do_not_fit) {
  static const struct {
    const char *species, *text;
  } cases[] = {
      {"C H H",
       "species has 3 symbols, expected 1 or 2, the number of "
       "particles of the state"},
      {"",
       "species has 0 symbols, expected 1 or 2, the number of particles of "
       "the state"},
      {"1H", "species has '1H', expected a symbol of at most 8 letters, as Ar"},
      {"C H\"",
       "species has 'H\"', expected a symbol of at most 8 letters, as "
       "Ar"},
      {"Abcdefghi C",
       "species has 'Abcdefghi', expected a symbol of at most 8 "
       "letters, as Ar"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct watch w;
    open_particles(&w, "xyz", 2, 3);
    config_string(&w, "species", cases[i].species);
    expect_refusal(&w, KAC_EINVAL, cases[i].text);
  }
}
END_TEST

/* --- dcd -------------------------------------------------------------------
 */
enum { HEAD = 276 };

static uint32_t word(const char *at) {
  const unsigned char *byte = (const unsigned char *)at;
  return byte[0] | (uint32_t)byte[1] << 8 | (uint32_t)byte[2] << 16 |
         (uint32_t)byte[3] << 24;
}

static double number(const char *at) {
  uint32_t bits = word(at);
  float value;
  memcpy(&value, &bits, sizeof value);
  return (double)value;
}

static double wide(const char *at) {
  return kac_bits_to_double(word(at) | (uint64_t)word(at + 4) << 32);
}

static void expect_head(const char *text, uint32_t n_frames, uint32_t n_bodies,
                        uint32_t last_step) {
  ck_assert_uint_eq(word(text), 84);
  ck_assert_mem_eq(text + 4, "CORD", 4);
  for (size_t i = 0; i < 20; i++) {
    uint32_t expected = i == 0    ? n_frames
                        : i == 2  ? 1
                        : i == 3  ? last_step
                        : i == 10 ? 1
                        : i == 19 ? 24
                                  : 0;
    ck_assert_uint_eq(word(text + 8 + 4 * i), expected);
  }
  ck_assert_uint_eq(word(text + 88), 84);
  ck_assert_uint_eq(word(text + 92), 164);
  ck_assert_uint_eq(word(text + 96), 2);
  for (size_t i = 100; i < 260; i++) ck_assert_int_ge(text[i], ' ');
  ck_assert_uint_eq(word(text + 260), 164);
  ck_assert_uint_eq(word(text + 264), 4);
  ck_assert_uint_eq(word(text + 268), n_bodies);
  ck_assert_uint_eq(word(text + 272), 4);
}

/* Coordinate k of body i is x[n_dim i + k] times scale, or 0; the end. */
static const char *expect_frame(const char *at, const double *x,
                                size_t n_bodies, size_t n_dim, double scale) {
  ck_assert_uint_eq(word(at), 48);
  for (size_t i = 0; i < 6; i++)
    ck_assert_double_eq(wide(at + 4 + 8 * i),
                        i == 0 || i == 2 || i == 5 ? 0 : 90);
  ck_assert_uint_eq(word(at + 52), 48);
  at += 56;
  for (size_t k = 0; k < 3; k++) {
    ck_assert_uint_eq(word(at), 4 * n_bodies);
    for (size_t i = 0; i < n_bodies; i++) {
      double expected = k < n_dim ? scale * x[n_dim * i + k] : 0;
      ck_assert_double_eq(number(at + 4 + 4 * i), (double)(float)expected);
    }
    ck_assert_uint_eq(word(at + 4 + 4 * n_bodies), 4 * n_bodies);
    at += 8 + 4 * n_bodies;
  }
  return at;
}

START_TEST(dcd_writes_a_frame_for_each_draw) {
  struct watch w;
  open_particles(&w, "dcd", 3, 2);
  config_real(w.plugin, w.config, "scale", 0.1);
  config_int(w.plugin, w.config, "count", 3);
  watch_create(&w, 2, 2);
  double x[24];
  for (int i = 0; i < 24; i++) x[i] = sqrt(i) - 2;
  record_four(&w, x);
  watch_end(&w);
  size_t n;
  char *text = watch_file(&w, "particles.dcd", &n);
  const char *at = text + HEAD;
  /* (k + 1/2)/3 in cumulative weights 0.25, 0.625, 1 of rows 0, 2, 3 */
  const size_t row[3] = {0, 2, 3};
  expect_head(text, 3, 3, 4);
  for (size_t k = 0; k < 3; k++)
    at = expect_frame(at, x + 6 * row[k], 3, 2, 0.1);
  ck_assert_ptr_eq(at, text + n);
  ck_assert_uint_eq(n, HEAD + 3 * (80 + 12 * 3));
  free(text);
  watch_free(&w);
}
END_TEST

START_TEST(dcd_counts_the_frames_of_a_run) {
  struct watch w;
  open_particles(&w, "dcd", 2, 3);
  config_int(w.plugin, w.config, "interval", 3);
  config_string(&w, "file", "path.dcd");
  watch_create(&w, 1, 1);
  record_steps(&w);
  watch_end(&w);
  const double x[6] = {1, 2, 3, 4, 5, 6};
  size_t n;
  char *text = watch_file(&w, "path.dcd", &n);
  const char *at = text + HEAD;
  expect_head(text, 3, 2, 4);
  for (size_t k = 0; k < 3; k++) at = expect_frame(at, x, 2, 3, 1);
  ck_assert_ptr_eq(at, text + n);
  free(text);
  watch_free(&w);
}
END_TEST

/* --- both ------------------------------------------------------------------
 */
static const char *const both[2] = {"xyz", "dcd"};

START_TEST(particles_are_needed) {
  for (int i = 0; i < 2; i++) {
    struct watch w;
    open_particles(&w, both[i], 1, 4);
    expect_refusal(&w, KAC_EUNSUPPORTED,
                   "the state is 4 numbers, expected particles: state = { "
                   "particles = 13; dim = 3; }");
    open_particles(&w, both[i], 3, 4);
    expect_refusal(&w, KAC_EUNSUPPORTED,
                   "the state has particles in 4 dimensions, expected at most "
                   "3");
    char text[200];
    open_particles(&w, both[i], 3, 3);
    config_string(&w, "file", "a.txt");
    snprintf(text, sizeof text,
             "file is 'a.txt', expected a name of at most 100 letters without "
             "'/' that ends in '.%s'",
             both[i]);
    expect_refusal(&w, KAC_EINVAL, text);
  }
}
END_TEST

START_TEST(particles_may_all_be_dead_or_not_be_written) {
  const double x[6] = {0}, dead = -KAC_INF;
  for (int i = 0; i < 4; i++) {
    struct watch w;
    open_particles(&w, both[i % 2], 2, 3);
    w.is_dry = i / 2;
    watch_create(&w, 1, 1);
    kac_frame frame = frame_of(&w, x, 6, &dead, 1, &dead, 1);
    watch_record(&w, &frame);
    watch_end(&w);
    ck_assert_str_eq(w.log, i == 0   ? "no structure: the population died out"
                            : i == 1 ? "no frame: the population died out"
                                     : "");
    watch_free(&w);
  }
}
END_TEST

int main(void) {
  Suite *suite = suite_create("particles");
  TCase *lines = tcase_create("xyz");
  tcase_add_test(lines, xyz_writes_a_structure_for_each_particle);
  tcase_add_test(lines, xyz_draws_have_equal_weights_and_keep_all_digits);
  tcase_add_test(lines, xyz_keeps_every_interval_th_step_and_the_last);
  tcase_add_test(lines, xyz_refuses_species_that_do_not_fit);
  suite_add_tcase(suite, lines);
  TCase *bytes = tcase_create("dcd");
  tcase_add_test(bytes, dcd_writes_a_frame_for_each_draw);
  tcase_add_test(bytes, dcd_counts_the_frames_of_a_run);
  suite_add_tcase(suite, bytes);
  TCase *common = tcase_create("both");
  tcase_add_test(common, particles_are_needed);
  tcase_add_test(common, particles_may_all_be_dead_or_not_be_written);
  suite_add_tcase(suite, common);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int n_failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
