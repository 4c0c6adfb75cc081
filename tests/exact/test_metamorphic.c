/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Changes of a config that must not change the answer, or must change it in a
 * known way, most of them bit for bit; and the same bytes for any number of
 * threads, any block size and any company of replicates. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rows.h"

static struct ledger ledger; /* of this program */

#define STATE "state = { real = 2; };\n"
#define TIME "time = { steps = 20; spacing = \"uniform\"; };\n"
#define VE(LOW, HIGH)                                                    \
  "schedule = { plugin = \"ve\"; sigma_min = " LOW "; sigma_max = " HIGH \
  "; t_min = 0.0; t_max = 1.0; };\n"
#define GMM(M, V)                                            \
  "scores = ({ id = \"base\"; plugin = \"gmm\"; means = (" M \
  "); weights = (0.4, 0.6); variances = (" V "); });\n"
#define PLAIN_GMM GMM("(-1.5, 0.5), (1.0, -0.75)", "0.5, 0.25")
#define EULER "integrators = ({ plugin = \"euler_maruyama\"; noise = 1.2; });\n"
#define SOMETIMES "resampler = { plugin = \"systematic\"; ess_below = 0.9; };\n"
#define ALWAYS "resampler = { plugin = \"systematic\"; ess_below = 1.0; };\n"
#define TARGET(P) "target = ({ score = \"base\"; power = " P "; });\n"
#define PATH(FRAME, SD) \
  "path = { frame = \"" FRAME "\"; sigma_data = " SD "; };\n"
#define ANNEAL                                                         \
  STATE TIME VE("0.05", "8.0") PLAIN_GMM EULER SOMETIMES TARGET("2.0") \
      PATH("matched", "1.5")
#define SPRING(STRENGTH, MODE)                                       \
  "{ plugin = \"quadratic\"; center = (0.5, 0.5); stiffness = 1.5; " \
  "strength = " STRENGTH "; mode = \"" MODE "\"; }"

enum { TEXT_BYTES = 4096, PARTICLES = 50, REPLICATES = 6 };

/* What the text `base` followed by `more` gives; threads and block 0: unsaid.
 */
static struct run_result go(const char *base, const char *more, size_t threads,
                            size_t block) {
  char text[TEXT_BYTES];
  struct run_result result;
  int n = snprintf(text, sizeof text, "%s%s", base, more);
  ck_assert(n > 0 && n < TEXT_BYTES);
  struct exact_config config = {text,    PARTICLES, REPLICATES, 4711,
                                threads, block,     0};
  exact_once(&config, &result);
  return result;
}

static void is_shifted(const struct run_result *a, const struct run_result *b,
                       double scale, double shift, double tolerance) {
  for (size_t r = 0; r < a->n_replicates; r++)
    ck_assert_double_eq_tol(b->log_z_each[r] - a->log_z_each[r], shift,
                            tolerance);
  for (size_t i = 0; i < a->n_particles * a->n_replicates; i++) {
    ck_assert_double_eq_tol(a->logw[i], b->logw[i], tolerance);
    for (size_t d = 0; d < a->n_real; d++)
      ck_assert_double_eq_tol(scale * a->x[i * a->n_real + d],
                              b->x[i * a->n_real + d], scale * tolerance);
  }
}

static void both_free(struct run_result *a, struct run_result *b) {
  run_result_free(a);
  run_result_free(b);
}

/* pi = q: G = 0, and the start is q itself. */
START_TEST(power_one_has_z_of_one_bit_for_bit) {
  static const char *const path[] = {PATH("matched", "1.5"),
                                     PATH("noise", "1.5")};
  for (int i = 0; i < 2; i++) {
    char more[512];
    snprintf(more, sizeof more, "%sstart = { law = \"base\"; };\n", path[i]);
    struct run_result result =
        go(STATE TIME VE("0.05", "8.0") PLAIN_GMM EULER ALWAYS TARGET("1.0"),
           more, 0, 0);
    for (size_t r = 0; r < REPLICATES; r++)
      ck_assert_double_eq(result.log_z_each[r], 0);
    ck_assert_double_ge(result.resamplings, 19);
    run_result_free(&result);
  }
}
END_TEST

/* Classifier-free guidance of weight 1 is the conditional model alone. */
START_TEST(guidance_of_one_has_z_of_one_bit_for_bit) {
  struct run_result result =
      go(STATE TIME VE("0.05", "8.0") EULER ALWAYS
         "scores = ({ id = \"free\"; plugin = \"gaussian\"; variance = 4.0; },"
         "{ id = \"bound\"; plugin = \"gaussian\"; mean = (1.0, 2.0); });\n"
         "target = ({ score = \"free\"; power = 0.0; },"
         "{ score = \"bound\"; power = 1.0; });\n" PATH("noise", "1.5"),
         "start = { law = \"bound\"; };\n", 0, 0);
  for (size_t r = 0; r < REPLICATES; r++)
    ck_assert_double_eq(result.log_z_each[r], 0);
  run_result_free(&result);
}
END_TEST

START_TEST(a_potential_of_strength_zero_changes_no_byte) {
  static const char *const modes[] = {"rate", "integral", "difference", "max",
                                      "sum",  "current",  "final"};
  char more[512]; /* at x0hat the field is kept, not evaluated anew */
  snprintf(more, sizeof more,
           "potentials = ({ plugin = \"quadratic\"; center = (0.5, 0.5); "
           "stiffness = 1.5; strength = 0.0; mode = \"%s\"; %s});\n",
           modes[_i], _i < 2 ? "" : "at = \"x0hat\"; ");
  struct run_result without = go(ANNEAL, "", 0, 0);
  struct run_result with = go(ANNEAL, more, 0, 0);
  ck_assert(exact_same(&without, &with));
  ck_assert_double_ge(with.resamplings, 1);
  both_free(&without, &with);
}
END_TEST

START_TEST(a_constant_shifts_log_z_and_nothing_else) {
  static const char *const modes[] = {"rate", "difference", "max",
                                      "sum",  "current",    "final"};
  char more[512];
  snprintf(more, sizeof more,
           "potentials = ({ plugin = \"potential_constant\"; value = -1.75; "
           "strength = 0.5; mode = \"%s\"; });\n",
           modes[_i]);
  struct run_result without = go(ANNEAL, "", 0, 0);
  struct run_result with = go(ANNEAL, more, 0, 0);
  is_shifted(&without, &with, 1, -0.875, 1e-11);
  both_free(&without, &with);
}
END_TEST

START_TEST(one_potential_is_two_halves) {
  static const char *const one[] = {SPRING("0.8", "rate"),
                                    SPRING("0.8", "difference"),
                                    SPRING("0.8", "integral")};
  static const char *const two[] = {
      SPRING("0.4", "rate") "," SPRING("0.4", "rate"),
      SPRING("0.4", "difference") "," SPRING("0.4", "difference"),
      SPRING("0.4", "integral") "," SPRING("0.4", "integral")};
  char whole[1024], halves[1024];
  snprintf(whole, sizeof whole, "potentials = (%s);\n", one[_i]);
  snprintf(halves, sizeof halves, "potentials = (%s);\n", two[_i]);
  struct run_result a = go(ANNEAL, whole, 0, 0);
  struct run_result b = go(ANNEAL, halves, 0, 0);
  is_shifted(&a, &b, 1, 0, 1e-12);
  both_free(&a, &b);
}
END_TEST

/* Lengths times 4: a power of two, so that every product scales exactly; the
 * integral of q^2 loses a factor 4^2 in the plane. */
START_TEST(units_may_be_scaled_by_four) {
  struct run_result a = go(ANNEAL, "", 0, 0);
  struct run_result b = go(STATE TIME VE("0.2", "32.0") EULER SOMETIMES GMM(
                               "(-6.0, 2.0), (4.0, -3.0)", "8.0, 4.0")
                               TARGET("2.0") PATH("matched", "6.0"),
                           "", 0, 0);
  is_shifted(&a, &b, 4, -2 * log(4), 1e-11);
  both_free(&a, &b);
}
END_TEST

START_TEST(threads_do_not_change_a_byte) {
  static const size_t threads[] = {2, 3, 7};
  const char *steer = "potentials = (" SPRING("0.8", "difference") ");\n";
  struct run_result one = go(ANNEAL, steer, 1, 16);
  for (size_t i = 0; i < 3; i++) {
    struct run_result many = go(ANNEAL, steer, threads[i], 16);
    ck_assert_msg(exact_same(&one, &many), "%zu threads", threads[i]);
    run_result_free(&many);
  }
  ck_assert_double_ge(one.resamplings, 1);
  run_result_free(&one);
}
END_TEST

START_TEST(block_sizes_do_not_change_a_byte) {
  static const size_t blocks[] = {1, 7, 64};
  const char *steer = "potentials = (" SPRING("0.8", "rate") ");\n";
  struct run_result one = go(ANNEAL, steer, 2, 256);
  for (size_t i = 0; i < 3; i++) {
    struct run_result many = go(ANNEAL, steer, 2, blocks[i]);
    ck_assert_msg(exact_same(&one, &many), "blocks of %zu", blocks[i]);
    run_result_free(&many);
  }
  run_result_free(&one);
}
END_TEST

/* Combinations, draws, bytes of plugins and last points, all in one run; and
 * what the report says of them. */
START_TEST(neither_changes_a_byte_of_any_potential) {
  static const size_t threads[] = {1, 3, 7}, blocks[] = {7, 64, 1};
  const char *dir = getenv("KAC_FIXTURES");
  char steer[2048];
  ck_assert_msg(dir != NULL, "KAC_FIXTURES is not set");
  snprintf(steer, sizeof steer,
           "potentials = ({ any_of = ({ plugin = \"quadratic\"; }, { not = { "
           "plugin = \"quadratic\"; center = 1.0; }; weight = 0.5; }); at = "
           "\"x0hat\"; samples = 3; }, { plugin = "
           "\"%s/potential/memories.so:running_max\"; at_steps = [4, 9]; "
           "strength = 0.3; }, { plugin = "
           "\"%s/potential/memories.so:last_move\"; every = 3; strength = 0.2; "
           "}, { plugin = \"linear\"; slope = 0.4; mode = \"guide\"; }, { "
           "plugin = \"linear\"; slope = 0.3; mode = \"integral\"; }, " SPRING(
               "{ from = 0.2; to = 0.9; }", "rate") ");",
           dir, dir);
  struct run_result one = go(ANNEAL, steer, 2, 256);
  for (size_t i = 0; i < 3; i++) {
    struct run_result many = go(ANNEAL, steer, threads[i], blocks[i]);
    ck_assert_msg(exact_same(&one, &many), "%zu threads", threads[i]);
    ck_assert_mem_eq(one.weight_share, many.weight_share, 6 * sizeof(double));
    ck_assert_mem_eq(&one.path_share, &many.path_share, sizeof(double));
    ck_assert_mem_eq(one.activity, many.activity, 6 * sizeof *one.activity);
    run_result_free(&many);
  }
  for (size_t j = 0; j < 6; j++) ck_assert_double_ne(one.weight_share[j], 0);
  ck_assert_double_ge(one.resamplings, 1);
  run_result_free(&one);
}
END_TEST

/* Negative control of the tests above: another seed is other bytes. */
START_TEST(another_seed_changes_the_bytes) {
  struct run_result a, b;
  exact_once(&(struct exact_config){ANNEAL, PARTICLES, 1, 1, 0, 0, 0}, &a);
  exact_once(&(struct exact_config){ANNEAL, PARTICLES, 1, 2, 0, 0, 0}, &b);
  ck_assert(!exact_same(&a, &b));
  both_free(&a, &b);
}
END_TEST

START_TEST(replicates_do_not_see_each_other) {
  struct run_result many = go(ANNEAL, "", 0, 0), few;
  exact_once(&(struct exact_config){ANNEAL, PARTICLES, 2, 4711, 0, 0, 0}, &few);
  size_t rows = 2 * PARTICLES;
  ck_assert_mem_eq(few.x, many.x, rows * 2 * sizeof *few.x);
  ck_assert_mem_eq(few.logw, many.logw, rows * sizeof *few.logw);
  ck_assert_mem_eq(few.log_z_each, many.log_z_each, 2 * sizeof *few.log_z_each);
  for (size_t r = 1; r < REPLICATES; r++)
    ck_assert_double_ne(many.log_z_each[0], many.log_z_each[r]);
  both_free(&many, &few);
}
END_TEST

/* To the precision of double, not of float. */
START_TEST(weights_sum_to_one_and_give_the_ess) {
  struct run_result result = go(ANNEAL, "", 0, 0);
  for (size_t r = 0; r < REPLICATES; r++) {
    double sum = 0, square = 0;
    for (size_t i = r * PARTICLES; i < (r + 1) * PARTICLES; i++) {
      sum += exp(result.logw[i]);
      square += exp(2 * result.logw[i]);
    }
    ck_assert_double_eq_tol(sum, 1, 1e-13);
    ck_assert_double_eq_tol(result.ess_each[r] * square, 1, 1e-12);
  }
  run_result_free(&result);
}
END_TEST

/* x -> -x: noise is not mirrored, so this one is a test of the law. */
START_TEST(a_mirrored_target_has_the_mirrored_law) {
  struct oracle_grid grid = oracle_grid_vp(2, 0, 1.5, 20);
  struct row row = {
      .name = "mirrored",
      .schedule = "plugin = \"vp\"; beta_min = 2.0; beta_max = 2.0;",
      .path = row_anneal(&grid, -1, 0.5, 0.5),
      .replicates = 8000};
  struct oracle_path path = row_anneal(&grid, 1, 0.5, 0.5);
  struct exact_answer answer = row_answer(oracle_gaussian(&path, 1));
  struct exact_stats stats;
  answer.mean[0] = -answer.mean[0];
  row_gate(&row, "systematic", EVERY_STEP, &answer, &ledger, &stats);
  oracle_grid_free(&grid);
}
END_TEST

/* Two independent coordinates in either order: log Z adds up. */
START_TEST(permuted_dimensions_have_the_permuted_law) {
  static const double mean[2] = {1, -0.3}, var[2] = {0.5, 2};
  struct oracle_grid grid = oracle_grid_vp(2, 0, 1, 20);
  struct exact_answer answer = {.dim = 2};
  char text[TEXT_BYTES];
  for (int d = 0; d < 2; d++) {
    struct oracle_path path =
        row_anneal(&grid, mean[(d + _i) % 2], var[(d + _i) % 2], 0.6);
    path.zeta2 = 1.2 * 1.2; /* as EULER says */
    path.start_mean = 0;
    path.start_var = 1.5;
    struct oracle_law law = oracle_gaussian(&path, 1);
    answer.log_z += law.log_z;
    answer.mean[d] = law.mean;
    answer.var[d] = law.var;
  }
  snprintf(text, sizeof text,
           STATE TIME EULER SOMETIMES TARGET("0.6")
           "schedule = { plugin = \"vp\"; beta_min = 2.0; beta_max = 2.0; "
           "t_min = 0.0; t_max = 1.0; };\n"
           "scores = ({ id = \"base\"; plugin = \"gaussian\"; "
           "mean = (%g, %g); variance = (%g, %g); });\n"
           "path = { frame = \"noise\"; };\n"
           "start = { law = \"gaussian\"; mean = (0.0, 0.0); "
           "variance = 1.5; };\n",
           mean[_i], mean[1 - _i], var[_i], var[1 - _i]);
  struct exact_config config = {text, 64, 500, 77, 0, 0, 0};
  struct exact_stats stats;
  exact_collect(&config, 8000, &answer, &stats);
  exact_gate("permuted dimensions", &stats, 2, &ledger);
  oracle_grid_free(&grid);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("metamorphic");
  TCase *laws = tcase_create("laws");
  tcase_add_test(laws, power_one_has_z_of_one_bit_for_bit);
  tcase_add_test(laws, guidance_of_one_has_z_of_one_bit_for_bit);
  tcase_add_loop_test(laws, a_potential_of_strength_zero_changes_no_byte, 0, 7);
  tcase_add_loop_test(laws, a_constant_shifts_log_z_and_nothing_else, 0, 6);
  tcase_add_loop_test(laws, one_potential_is_two_halves, 0, 3);
  tcase_add_test(laws, units_may_be_scaled_by_four);
  tcase_add_test(laws, threads_do_not_change_a_byte);
  tcase_add_test(laws, neither_changes_a_byte_of_any_potential);
  tcase_add_test(laws, block_sizes_do_not_change_a_byte);
  tcase_add_test(laws, another_seed_changes_the_bytes);
  tcase_add_test(laws, replicates_do_not_see_each_other);
  tcase_add_test(laws, weights_sum_to_one_and_give_the_ess);
  tcase_add_test(laws, a_mirrored_target_has_the_mirrored_law);
  tcase_add_loop_test(laws, permuted_dimensions_have_the_permuted_law, 0, 2);
  suite_add_tcase(suite, laws);
  return exact_main(suite, &ledger);
}
