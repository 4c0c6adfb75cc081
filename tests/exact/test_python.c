/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plugins named python against the plugins in C that compute the same, and
 * against the exact answer: a Gaussian, noised by the ancestral chain that is
 * exact for it, and tilted by a quadratic.  The functions are in
 * python_models.py. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rows.h"

static struct ledger ledger; /* of this program */
static const double t_end = 0.3, mean = 0.5, variance = 0.7, stiffness = 0.8,
                    center[] = {1, -0.5};
static const char vp[] =
    "plugin = \"vp\"; beta_min = 2.0; beta_max = 2.0; t_min = 0.3; t_max = "
    "1.5;";
static const char ve[] =
    "plugin = \"ve\"; sigma_min = 0.5; sigma_max = 3.0; t_min = 0.2;";
static const char ancestral[] =
    "plugin = \"ancestral\"; variance = \"exact\"; data_variance = 0.7;";
static const char exponential[] = "plugin = \"exponential\";";

static const char *file(void) {
  static char text[2048];
  snprintf(text, sizeof text, "file = \"%s/tests/exact/python_models.py\";",
           getenv("KAC_SRCDIR"));
  return text;
}

static const char in_c[] =
    "plugin = \"quadratic\"; stiffness = 0.8; center = (1.0, -0.5);";
static const char gaussian[] =
    "plugin = \"gaussian\"; mean = (0.5, 0.5); variance = 0.7;";

struct scene {
  const char *schedule, *moves, *weights, *mode;
};

/* A model and a potential in that scene; the start is the model's own
 * law, so that nothing depends on whether its density is known. */
static void say(char text[ROW_TEXT], const struct scene *scene,
                const char *score, const char *potential) {
  bool is_vp = scene->schedule == vp;
  double alpha = is_vp ? exp(-1.5) : 1, sigma2 = is_vp ? 1 - exp(-3.0) : 9;
  int n = snprintf(
      text, ROW_TEXT,
      "state = { real = 2; };\n"
      "schedule = { %s };\n"
      "time = { steps = 10; };\n"
      "path = { weights = \"%s\"; };\n"
      "scores = ({ id = \"q\"; %s });\n"
      "potentials = ({ %s %s });\n"
      "integrators = ({ %s });\n"
      "resampler = { plugin = \"systematic\"; ess_below = 0.9; };\n"
      "start = { law = \"gaussian\"; mean = %.17g; variance = %.17g; };\n",
      scene->schedule, scene->weights, score, potential, scene->mode,
      scene->moves, alpha * mean, alpha * alpha * variance + sigma2);
  ck_assert_int_lt(n, ROW_TEXT);
}

/* The largest difference between two runs: 0 only if no bit differs. */
static double difference(const struct run_result *a,
                         const struct run_result *b) {
  double most = fabs(a->log_z - b->log_z);
  size_t rows = a->n_particles * a->n_replicates;
  for (size_t i = 0; i < rows; i++) {
    most = fmax(most, fabs(a->logw[i] - b->logw[i]));
    for (size_t j = 0; j < a->n_real; j++)
      most =
          fmax(most, fabs(a->x[i * a->n_real + j] - b->x[i * a->n_real + j]));
  }
  return exact_same(a, b) ? 0 : fmax(most, 1e-300);
}

static double compare(const struct scene *scene, const char *score,
                      const char *potential) {
  char text[2][ROW_TEXT];
  struct run_result result[2];
  say(text[0], scene, gaussian, in_c);
  say(text[1], scene, score, potential);
  for (int k = 0; k < 2; k++) {
    struct exact_config config = {
        .text = text[k], .particles = 100, .replicates = 2, .seed = 7};
    exact_once(&config, &result[k]);
  }
  double most = difference(&result[0], &result[1]);
  run_result_free(&result[0]);
  run_result_free(&result[1]);
  return most;
}

static const char *in_python(const char *keys) {
  static char text[2][4096];
  static int next;
  char *to = text[next++ % 2];
  snprintf(to, sizeof text[0], "plugin = \"python\"; %s %s", file(), keys);
  return to;
}

/* --- potentials ----------------------------------------------------------- */
static const struct scene scenes[] = {
    {vp, ancestral, "rate", "mode = \"difference\";"},
    {vp, ancestral, "rate", "mode = \"final\";"},
    {vp, exponential, "rate",
     "mode = \"rate\"; strength = { from = 0.0; to = 1.0; };"},
    {vp, exponential, "density",
     "mode = \"rate\"; strength = { from = 0.0; to = 1.0; };"},
    {vp, ancestral, "rate",
     "mode = \"difference\"; at = \"x0hat\"; guide = 0.4;"},
    {ve, exponential, "rate",
     "mode = \"difference\"; at = \"x0hat\"; guide = 0.4;"}};
enum { BY_DENSITY = 3, GUIDED_VP, GUIDED_VE };
static const char *const potentials[] = {
    "function = \"quadratic\"; gradient = \"gradient\"; arguments = "
    "\"stiffness=0.8\";",
    "function = \"quadratic\"; gradient = \"both\"; arguments = "
    "\"stiffness=0.8\";",
    "function = \"both\"; gradient = \"both\"; arguments = "
    "\"stiffness=0.8\";",
    "function = \"fill\"; gradient = \"gradient\"; arguments = "
    "\"stiffness=0.8\";"};
enum {
  N_SCENES = sizeof scenes / sizeof *scenes,
  N_POTENTIALS = sizeof potentials / sizeof *potentials
};

START_TEST(a_python_potential_is_the_same_potential_in_c) {
  const char *keys = potentials[_i / N_SCENES];
  double off = compare(&scenes[_i % N_SCENES], gaussian, in_python(keys));
  ck_assert_msg(off == 0, "scene %d, %s: off by %g", _i % N_SCENES, keys, off);
}
END_TEST

/* --- scores --------------------------------------------------------------- */
static const char *const scores[] = {
    "logp = \"log_density\"; vjp = \"score_vjp\";",
    "function = \"eps\"; parameterisation = \"eps\"; vjp = \"eps_vjp\";",
    "function = \"x0\"; parameterisation = \"x0\"; vjp = \"x0_vjp\";",
    "function = \"v\"; parameterisation = \"v\"; vjp = \"v_vjp\";"};
enum { N_SCORES = sizeof scores / sizeof *scores };

/* Roundings differ in all but the score itself; a guide needs the VJP. */
START_TEST(a_python_score_is_the_same_model_in_c) {
  const char *score = in_python(scores[_i / 2]);
  double off = compare(&scenes[GUIDED_VP + _i % 2], score, in_c);
  ck_assert_msg(off < 1e-11, "%s: off by %g", scores[_i / 2], off);
}
END_TEST

/* Weights by ratios of densities ask it for log p. */
START_TEST(a_python_density_is_the_same_density_in_c) {
  double off = compare(&scenes[BY_DENSITY], in_python(scores[0]), in_c);
  ck_assert_msg(off < 1e-11, "off by %g", off);
}
END_TEST

/* --- both, against what is known ------------------------------------------ */
static struct exact_answer answer(double k) {
  double alpha = exp(-t_end), v = 1 - (1 - variance) * alpha * alpha;
  struct exact_answer exact = {0, 2, {0}, {0}};
  for (size_t j = 0; j < 2; j++) {
    double m = alpha * mean, off = center[j] - m;
    exact.log_z += -0.5 * log1p(k * v) - 0.5 * k * off * off / (1 + k * v);
    exact.var[j] = v / (1 + k * v);
    exact.mean[j] = m + k * v * off / (1 + k * v);
  }
  return exact;
}

START_TEST(log_z_and_moments_are_exact) {
  char text[ROW_TEXT];
  struct exact_answer exact = answer(stiffness), wrong = answer(1);
  struct exact_stats stats;
  say(text, &scenes[GUIDED_VP], in_python(scores[1]), in_python(potentials[0]));
  struct exact_config config = {
      .text = text, .particles = 64, .replicates = 500, .seed = 11};
  exact_collect(&config, 10000, &exact, &stats);
  exact_gate("python, guided at x0hat", &stats, 2, &ledger);
  ck_assert_double_gt(exact_distance(&stats, &exact, &wrong), exact_power());
}
END_TEST

START_TEST(threads_do_not_change_a_byte) {
  char text[ROW_TEXT];
  struct run_result result[2];
  say(text, &scenes[GUIDED_VP], in_python(scores[3]), in_python(potentials[1]));
  for (size_t threads = 1; threads <= 7; threads += threads > 1 ? 5 : 1) {
    struct run_result *to = &result[threads > 1];
    struct exact_config config = {
        text, 100, 3, 7, threads, threads == 7 ? 64 : 30, 0};
    exact_once(&config, to);
    if (threads == 1) continue;
    ck_assert_msg(exact_same(&result[0], to), "%zu threads", threads);
    run_result_free(to);
  }
  run_result_free(&result[0]);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("python");
  for (int i = 0; i < N_SCENES * N_POTENTIALS; i++)
    exact_add_row(suite, "potential",
                  a_python_potential_is_the_same_potential_in_c, i);
  for (int i = 0; i < 2 * N_SCORES; i++)
    exact_add_row(suite, "score", a_python_score_is_the_same_model_in_c, i);
  exact_add_row(suite, "density", a_python_density_is_the_same_density_in_c, 0);
  exact_add_row(suite, "exact", log_z_and_moments_are_exact, 0);
  exact_add_row(suite, "threads", threads_do_not_change_a_byte, 0);
  return exact_main(suite, &ledger);
}
