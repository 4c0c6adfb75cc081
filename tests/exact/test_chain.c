/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Chains whose law is known at any number of steps: the reverse kernels of
 * Gaussian data (ancestral) and of a mixture (reverse_gmm).  Steered by r =
 * -stiffness (x - 2)^2/2 with any mode, strength, resampling and guide, their
 * weighted law is the data's times exp(lambda r), in closed form
 * (docs/methods.md section 4). */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rows.h"

static struct ledger ledger; /* of this program */

#define COSINE \
  "plugin = \"cosine\"; angle = 0.49; length = 12.0; offset = 0.0; "
static const char noising[] =
    "state = { real = 1; };\n"
    "schedule = { " COSINE
    "t_min = 0.0; t_max = 12.0; };\n"
    "time = { steps = 12; };\n";
static const char gaussian[] =
    "scores = ({ id = \"q\"; plugin = \"gaussian\"; mean = 0.5; variance = "
    "1.44; });\n"
    "integrators = ({ plugin = \"ancestral\"; variance = \"exact\"; "
    "data_variance = 1.44; });\n";
static const char mixture[] =
    "scores = ({ id = \"q\"; plugin = \"gmm\"; means = ((-2.0), (3.0)); "
    "weights = (0.7, 0.3); sigma = 0.5; });\n"
    "integrators = ({ plugin = \"reverse_gmm\"; means = ((-2.0), (3.0)); "
    "weights = (0.7, 0.3); sigma = 0.5; });\n";
static const char from_q[] = "start = { law = \"q\"; };\n";

static const struct oracle_mixture one = {1, {1}, {0.5}, {1.44}};
static const struct oracle_mixture two = {2, {0.7, 0.3}, {-2, 3}, {0.25, 0.25}};

/* q exp(-k (x - 2)^2/2): components of new weight, mean and variance. */
static struct exact_answer tilted(const struct oracle_mixture *q, double k,
                                  double *mass) {
  double z = 0, mean = 0, square = 0;
  for (size_t i = 0; i < q->n; i++) {
    double v = q->var[i], off = 2 - q->mean[i], by = 1 + k * v;
    double m = (q->mean[i] + 2 * k * v) / by;
    mass[i] = q->weight[i] * exp(-0.5 * k * off * off / by) / sqrt(by);
    z += mass[i];
    mean += mass[i] * m;
    square += mass[i] * (m * m + v / by);
  }
  for (size_t i = 0; i < q->n; i++) mass[i] /= z;
  mean /= z;
  return (struct exact_answer){log(z), 1, {mean}, {square / z - mean * mean}};
}

START_TEST(the_answers_are_the_published_ones) {
  double mass[2];
  struct exact_answer p1 = tilted(&one, 1 / 0.49, mass);
  ck_assert_double_eq_tol(exp(p1.log_z), 0.2812991740, 1e-10);
  ck_assert_double_eq_tol(p1.mean[0], 1.61917098, 5e-9);
  ck_assert_double_eq_tol(p1.var[0], 0.36559585, 5e-9);
  struct exact_answer p3 = tilted(&two, 1, mass);
  ck_assert_double_eq_tol(exp(p3.log_z), 0.18090604215715, 1e-14);
  ck_assert_double_eq_tol(mass[0], 0.005750496, 1e-9);
  ck_assert_double_eq_tol(mass[1], 0.994249504, 1e-9);
  ck_assert_double_eq_tol(p3.mean[0], 2.776998018, 1e-9);
  ck_assert_double_eq_tol(p3.var[0], 0.291478839, 1e-9);
}
END_TEST

/* --- steering -------------------------------------------------------------
 */
#define LATE "strength = { table = ((0.0, 0.0), (0.67, 0.3), (1.0, 1.0)); };"
#define GUIDED "guide = 0.7;"
/* The last strength is what counts.  Where it is 1 it has to grow along the
 * way: else the weights have tails that a z-test cannot use.  Those of `sum`
 * are skewed enough to need more replicates. */
static const struct {
  const char *mode, *keys;
  double strength, ess_below;
  bool is_mixture;
} rows[] = {
    {"difference", "strength = 0.1;", 0.1, 0.9, false},
    {"max", "strength = 0.1;", 0.1, 0.9, false},
    {"sum", "strength = 0.1;", 0.1, 0.95, false},
    {"current", "strength = 0.1;", 0.1, 0.9, false},
    {"final", "strength = 0.1;", 0.1, 0, false},
    {"difference", "strength = 0.1; " GUIDED, 0.1, 0.95, false},
    {"max", "strength = 0.1; " GUIDED, 0.1, 0.95, false},
    {"sum", "strength = 0.1; " GUIDED, 0.1, 0.98, false},
    {"current", "strength = 0.1; " GUIDED, 0.1, 0.95, false},
    {"final", "strength = 0.1; " GUIDED, 0.1, 0.95, false},
    {"difference", LATE, 1, 0.8, false},
    {"final", "strength = 1.0;", 1, 0, false},
    {"difference", LATE GUIDED, 1, 0.9, false},
    {"final", "strength = 1.0; guide = 0.3;", 1, 0.8, false},
    {"difference", LATE, 1, 0.6, true},
    {"final", "strength = 1.0;", 1, 0, true},
    {"max", "strength = 0.1;", 0.1, 0.9, true},
    {"sum", "strength = 0.1;", 0.1, 0.8, true},
    {"current", "strength = 0.1;", 0.1, 0.9, true},
};
enum { N_ROWS = sizeof rows / sizeof *rows };

static const char *row_name(int i, char name[64]) {
  snprintf(name, 64, "%s, %s, %s%g",
           rows[i].is_mixture ? "mixture" : "gaussian", rows[i].mode,
           strstr(rows[i].keys, "guide") ? "guided, " : "", rows[i].strength);
  return name;
}

/* Rewards are looked at where t is 8, 4 and 0. */
static void steer(int i, enum row_trigger trigger,
                  const struct exact_answer *answer,
                  struct exact_stats *stats) {
  char text[ROW_TEXT], resampler[128], name[64], full[96];
  bool is_mixture = rows[i].is_mixture;
  row_resampler("systematic", trigger, rows[i].ess_below, resampler,
                sizeof resampler);
  snprintf(text, sizeof text,
           "%s%s%s%s\npotentials = ({ plugin = \"quadratic\"; center = 2.0; "
           "stiffness = %.17g; mode = \"%s\"; at = \"x0hat\"; %s %s });\n",
           noising, is_mixture ? mixture : gaussian, from_q, resampler,
           is_mixture ? 1 : 1 / 0.49, rows[i].mode,
           strcmp(rows[i].mode, "final") != 0 ? "every = 4;" : "",
           rows[i].keys);
  struct exact_config config = {.text = text,
                                .particles = 16,
                                .replicates = 500,
                                .seed = 7000 + ledger.n};
  bool is_skewed = !is_mixture && strcmp(rows[i].mode, "sum") == 0;
  exact_collect(&config, is_skewed ? 200000 : 20000, answer, stats);
  snprintf(full, sizeof full, "%s, %s", row_name(i, name),
           row_trigger_name[trigger]);
  exact_gate(full, stats, 1, &ledger);
  double least = trigger == EVERY_STEP ? 11 : 0.1;
  ck_assert_msg(stats->resamplings >= least, "%s: %g resamplings", full,
                stats->resamplings);
}

START_TEST(every_way_of_steering_has_the_same_answer) {
  bool is_mixture = rows[_i].is_mixture;
  double stiffness = is_mixture ? 1 : 1 / 0.49, mass[2];
  const struct oracle_mixture *q = is_mixture ? &two : &one;
  struct exact_answer answer = tilted(q, rows[_i].strength * stiffness, mass);
  struct exact_answer untilted = tilted(q, 0, mass);
  for (enum row_trigger trigger = EVERY_STEP; trigger < N_TRIGGERS; trigger++) {
    struct exact_stats stats;
    if (trigger == SOME_STEPS && rows[_i].ess_below <= 0) continue;
    steer(_i, trigger, &answer, &stats);
    ck_assert_double_gt(exact_distance(&stats, &answer, &untilted),
                        exact_power());
  }
}
END_TEST

/* --- kernels that are not the exact one -----------------------------------
 * Gaussian data N(.5, 1.44) and the affine kernels of the header of ancestral.c
 * give a Gaussian chain, followed here by its mean and variance. */
enum kernel { WITH_SMALL, WITH_LARGE, WITH_EXACT };
static const char *const kernel_keys[] = {
    "variance = \"small\";", "variance = \"large\";",
    "variance = \"exact\"; data_variance = 1.44;"};

static void push(enum kernel kernel, double t, double s, double *mean,
                 double *var) {
  double angle = 0.49 * ORACLE_PI / 12, c = one.var[0], m = one.mean[0];
  double at = cos(angle * t), as = cos(angle * s);
  double vt = sin(angle * t) * sin(angle * t);
  double vs = sin(angle * s) * sin(angle * s);
  double a = at / as, v = vt - a * a * vs, pull = as * v / vt;
  double x0_slope = at * c / (at * at * c + vt); /* of E[x_0 | x_t] */
  double slope = a * vs / vt + pull * x0_slope;
  double noise = kernel == WITH_LARGE ? v : vs * v / vt;
  if (kernel == WITH_EXACT) noise += pull * pull * c * vt / (at * at * c + vt);
  *mean = slope * *mean + pull * (1 - x0_slope * at) * m;
  *var = slope * slope * *var + noise;
}

static const struct {
  const char *name;
  enum kernel kernel;
  int steps; /* from t = steps; at 4 the start is remembered, at 12 hardly */
  const char *start;
  bool is_prior; /* unweighed, so that it counts */
} chains[] = {
    {"small", WITH_SMALL, 12, from_q, false},
    {"large", WITH_LARGE, 12, from_q, false},
    {"from the prior", WITH_EXACT, 4, "path = { weights = \"off\"; };\n", true},
    {"from the prior, weighed", WITH_EXACT, 12, "", false},
};
enum { N_CHAINS = sizeof chains / sizeof *chains };

static struct oracle_mixture chain_law(int i) {
  int steps = chains[i].steps;
  double a = cos(0.49 * ORACLE_PI * steps / 12), mean = a * one.mean[0];
  double var = a * a * one.var[0] + 1 - a * a;
  if (chains[i].is_prior) mean = 0, var = 1 - a * a;
  for (int t = steps; t > 0; t--) push(chains[i].kernel, t, t - 1, &mean, &var);
  return (struct oracle_mixture){1, {1}, {mean}, {var}};
}

START_TEST(a_chain_has_its_own_law) {
  struct oracle_mixture law = chain_law(_i);
  char text[ROW_TEXT];
  double mass;
  struct exact_stats stats;
  struct exact_answer answer = tilted(&law, 0.2, &mass);
  ck_assert_double_eq_tol(chain_law(3).mean[0], one.mean[0], 1e-12);
  ck_assert_double_eq_tol(chain_law(3).var[0], one.var[0], 1e-12);
  snprintf(text, sizeof text,
           "state = { real = 1; };\n"
           "schedule = { " COSINE
           "t_min = 0.0; t_max = 12.0; };\n"
           "time = { steps = %d; t_max = %d.0; };\n"
           "scores = ({ id = \"q\"; plugin = \"gaussian\"; mean = 0.5; "
           "variance = 1.44; });\nintegrators = ({ plugin = \"ancestral\"; %s "
           "});\n%spotentials = ({ plugin = \"quadratic\"; center = 2.0; "
           "stiffness = 0.2; mode = \"final\"; });\n",
           chains[_i].steps, chains[_i].steps, kernel_keys[chains[_i].kernel],
           chains[_i].start);
  struct exact_config config = {.text = text,
                                .particles = 16,
                                .replicates = 500,
                                .seed = 7100 + ledger.n};
  exact_collect(&config, 20000, &answer, &stats);
  exact_gate(chains[_i].name, &stats, 1, &ledger);
}
END_TEST

/* --- weights from densities ------------------------------------------------
 * Whatever the kernel, Z and the law are those of q^power at t = 2. */
static const struct {
  const char *name;
  enum kernel kernel;
  double power, var; /* of the data */
} densities[] = {
    {"density, small", WITH_SMALL, 1, 0.01},
    {"density, large", WITH_LARGE, 1, 1.44},
    {"density, large, q^0.9", WITH_LARGE, 0.9, 0.6},
};
enum { N_DENSITIES = sizeof densities / sizeof *densities };

static void density_text(int i, char text[ROW_TEXT]) {
  double a = cos(0.49 * ORACLE_PI), p = densities[i].power;
  snprintf(text, ROW_TEXT,
           "state = { real = 1; };\n"
           "schedule = { " COSINE
           "t_max = 12.0; };\n"
           "time = { steps = 10; t_min = 2.0; };\n"
           "path = { weights = \"density\"; };\n"
           "scores = ({ id = \"q\"; plugin = \"gaussian\"; mean = 0.5; "
           "variance = %g; });\ntarget = ({ score = \"q\"; power = %g; });\n"
           "integrators = ({ plugin = \"ancestral\"; %s });\n"
           "start = { law = \"gaussian\"; mean = %.17g; variance = %.17g; };\n",
           densities[i].var, p, kernel_keys[densities[i].kernel],
           a * one.mean[0], (a * a * densities[i].var + 1 - a * a) / p);
}

START_TEST(densities_correct_any_kernel) {
  char text[ROW_TEXT], resampler[128], all[ROW_TEXT + 128], name[96];
  double a = cos(0.49 * ORACLE_PI / 6), p = densities[_i].power;
  double v = a * a * densities[_i].var + 1 - a * a;
  struct exact_answer answer = {
      0.5 * (1 - p) * log(2 * ORACLE_PI * v) - 0.5 * log(p),
      1,
      {a * one.mean[0]},
      {v / p}};
  density_text(_i, text);
  for (enum row_trigger trigger = NEVER; trigger < N_TRIGGERS; trigger++) {
    struct exact_stats stats;
    row_resampler("systematic", trigger, 0.9, resampler, sizeof resampler);
    snprintf(all, sizeof all, "%s%s", text, resampler);
    struct exact_config config = {.text = all,
                                  .particles = 16,
                                  .replicates = 500,
                                  .seed = 7200 + ledger.n};
    exact_collect(&config, 20000, &answer, &stats);
    snprintf(name, sizeof name, "%s, %s", densities[_i].name,
             row_trigger_name[trigger]);
    exact_gate(name, &stats, 1, &ledger);
  }
}
END_TEST

/* The exact kernel and the noising chain are each other's reversal: the ratio
 * of densities is 1 for every path, down to sigma = 0. */
START_TEST(exact_kernels_need_no_weights) {
  char text[ROW_TEXT];
  struct run_result result;
  snprintf(text, sizeof text, "%s%s%spath = { weights = \"density\"; };\n",
           noising, gaussian, from_q);
  struct exact_config config = {
      .text = text, .particles = 1, .replicates = 1000, .seed = 7300};
  exact_once(&config, &result);
  for (size_t r = 0; r < result.n_replicates; r++)
    ck_assert_double_eq_tol(result.log_z_each[r], 0, 1e-12);
  run_result_free(&result);
}
END_TEST

int main(void) {
  static char name[N_ROWS][64]; /* check keeps the pointers */
  Suite *suite = suite_create("chain");
  exact_add_row(suite, "answers", the_answers_are_the_published_ones, 0);
  for (int i = 0; i < N_ROWS; i++)
    exact_add_row(suite, row_name(i, name[i]),
                  every_way_of_steering_has_the_same_answer, i);
  for (int i = 0; i < N_CHAINS; i++)
    exact_add_row(suite, chains[i].name, a_chain_has_its_own_law, i);
  for (int i = 0; i < N_DENSITIES; i++)
    exact_add_row(suite, densities[i].name, densities_correct_any_kernel, i);
  exact_add_row(suite, "reversal", exact_kernels_need_no_weights, 0);
  return exact_main(suite, &ledger);
}
