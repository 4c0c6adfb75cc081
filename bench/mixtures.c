/* SPDX-License-Identifier: GPL-3.0-or-later */
/* W3: a Gaussian mixture annealed to its square, systematic resampling at every
 * step, run through config, plugins and engine.  The square of a mixture of
 * components N(m_k, v I) has the closed form
 *   q^2 = sum_jk w_j w_k N(m_j; m_k, 2 v I) N((m_j + m_k)/2, v/2 I),
 * which gives log Z, the mean and E|x|^2 beside the estimates. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"

static const double T_MIN = 1e-3, BETA_MIN = 0.1, BETA_MAX = 20;

struct mixture {
  size_t n, d;
  double *weight, *mean, sd;
};

static void mixture_read(const struct options *options, const char *name,
                         struct mixture *m) {
  char file[64];
  size_t n_mean, one;
  snprintf(file, sizeof file, "w3_%s_w", name);
  m->weight = input_read(options, file, sizeof(double), &m->n);
  snprintf(file, sizeof file, "w3_%s_mu", name);
  m->mean = input_read(options, file, sizeof(double), &n_mean);
  snprintf(file, sizeof file, "w3_%s_sd", name);
  double *sd = input_read(options, file, sizeof(double), &one);
  m->sd = *sd;
  m->d = n_mean / m->n;
  free(sd);
}

static void mixture_free(struct mixture *m) {
  free(m->weight);
  free(m->mean);
}

/* --- the config ----------------------------------------------------------- */
/* rows = ((a, b), (c, d)) or, for one column, rows = (a, b). */
static void write_rows(FILE *out, const char *key, const double *values,
                       size_t n, size_t d) {
  fprintf(out, "%s = (", key);
  for (size_t i = 0; i < n; i++) {
    fputs(i > 0 ? "," : "", out);
    if (d > 1) fputc('(', out);
    for (size_t j = 0; j < d; j++)
      fprintf(out, "%s%.17e", j > 0 ? "," : "", values[i * d + j]);
    if (d > 1) fputc(')', out);
  }
  fputs(");\n", out);
}

static char *config_text(const struct mixture *m, size_t n, size_t steps,
                         const char *frame) {
  char *text = NULL;
  size_t bytes;
  FILE *out = open_memstream(&text, &bytes);
  if (!out) die("no memory for a config");
  fprintf(out, "state = { real = %zu; };\n", m->d);
  fprintf(out,
          "schedule = { plugin = \"vp\"; beta_min = %.17e; beta_max = %.17e;\n"
          "t_min = %.17e; t_max = 1.0; };\n",
          BETA_MIN, BETA_MAX, T_MIN);
  fprintf(out, "time = { steps = %zu; };\n", steps);
  fprintf(out, "scores = ({ id = \"base\"; plugin = \"gmm\"; sigma = %.17e;\n",
          m->sd);
  write_rows(out, "means", m->mean, m->n, m->d);
  write_rows(out, "weights", m->weight, m->n, 1);
  fprintf(out,
          "});\ntarget = ({ score = \"base\"; power = 2.0; });\n"
          "path = { frame = \"%s\"; };\n"
          "integrators = ({ plugin = \"euler_maruyama\"; noise = 1.0; });\n"
          "resampler = { plugin = \"systematic\"; ess_below = 1.0;\n"
          "at_end = true; };\n"
          "population = { particles = %zu; };\n",
          frame, n);
  if (fclose(out) != 0) die("no memory for a config");
  return text;
}

/* --- the exact answer ------------------------------------------------------
 */
struct answer {
  double log_z, square, *mean, *mode; /* d; n, where modes do not overlap */
};

static double square_distance(const double *a, const double *b, double scale,
                              size_t d) {
  double sum = 0;
  for (size_t j = 0; j < d; j++)
    sum += (a[j] - scale * b[j]) * (a[j] - scale * b[j]);
  return sum;
}

static double log_pair(const struct mixture *m, double alpha, double v,
                       size_t j, size_t k) {
  const double pi = acos(-1.0);
  double square =
      square_distance(m->mean + j * m->d, m->mean + k * m->d, 1, m->d);
  return log(m->weight[j] * m->weight[k]) - alpha * alpha * square / (4 * v) -
         0.5 * (double)m->d * log(4 * pi * v);
}

static void add_pair(const struct mixture *m, double alpha, double v, double p,
                     size_t j, size_t k, struct answer *answer) {
  double middle = 0;
  for (size_t i = 0; i < m->d; i++) {
    double x = 0.5 * alpha * (m->mean[j * m->d + i] + m->mean[k * m->d + i]);
    middle += x * x;
    answer->mean[i] += p * x;
  }
  answer->square += p * (middle + 0.5 * (double)m->d * v);
  if (j == k) answer->mode[j] = p;
}

static void solve(const struct mixture *m, double alpha,
                  struct answer *answer) {
  double v = alpha * alpha * m->sd * m->sd + 1 - alpha * alpha;
  double max = -HUGE_VAL, sum = 0, diagonal = 0;
  answer->mean = calloc(m->d, sizeof *answer->mean);
  answer->mode = calloc(m->n, sizeof *answer->mode);
  answer->square = 0;
  if (!answer->mean || !answer->mode) die("no memory for an answer");
  for (size_t i = 0; i < m->n * m->n; i++)
    max = fmax(max, log_pair(m, alpha, v, i / m->n, i % m->n));
  for (size_t i = 0; i < m->n * m->n; i++)
    sum += exp(log_pair(m, alpha, v, i / m->n, i % m->n) - max);
  answer->log_z = max + log(sum);
  for (size_t i = 0; i < m->n * m->n; i++) {
    size_t j = i / m->n, k = i % m->n;
    double p = exp(log_pair(m, alpha, v, j, k) - answer->log_z);
    add_pair(m, alpha, v, p, j, k, answer);
  }
  for (size_t k = 0; k < m->n; k++) diagonal += answer->mode[k];
  for (size_t k = 0; k < m->n; k++) answer->mode[k] /= diagonal;
}

/* --- estimates of one run ------------------------------------------------- */
static size_t nearest(const struct mixture *m, double alpha, const double *x) {
  size_t best = 0;
  double least = HUGE_VAL;
  for (size_t k = 0; k < m->n; k++) {
    double square = square_distance(x, m->mean + k * m->d, alpha, m->d);
    if (square < least) best = k;
    least = fmin(least, square);
  }
  return best;
}

static void compare(const struct label *label, const struct mixture *m,
                    double alpha, const struct answer *answer,
                    const struct run_result *result) {
  double *count = calloc(m->n, sizeof *count);
  double *mean = calloc(m->d, sizeof *mean), square = 0, tv = 0, error = 0;
  if (!count || !mean) die("no memory for estimates");
  for (size_t i = 0; i < result->n_particles; i++) {
    const double *x = result->x + i * m->d;
    double w = exp(result->logw[i]);
    count[nearest(m, alpha, x)] += w;
    for (size_t j = 0; j < m->d; j++) {
      mean[j] += w * x[j];
      square += w * x[j] * x[j];
    }
  }
  for (size_t k = 0; k < m->n; k++)
    tv += 0.5 * fabs(count[k] - answer->mode[k]);
  for (size_t j = 0; j < m->d; j++)
    error = fmax(error, fabs(mean[j] - answer->mean[j]));
  result_line(label, "mode_weight_tv", tv);
  result_line(label, "mean_maxerr", error);
  result_line(label, "E|x|^2_exact", answer->square);
  result_line(label, "E|x|^2_est", square);
  free(count);
  free(mean);
}

/* --- the runs ------------------------------------------------------------- */
struct work {
  struct rig *rig;
  double log_z[MAX_REPS];
  struct run_result last;
};

static void run(void *context, size_t i) {
  struct work *work = context;
  run_result_free(&work->last);
  rig_run(work->rig, 1000 + i, &work->last);
  work->log_z[i] = work->last.log_z;
}

static void report(const struct options *options, const struct label *label,
                   const struct mixture *m, const struct work *work) {
  double mean = 0, square = 0, reps = (double)options->reps;
  double alpha = exp(
      -0.5 * (BETA_MIN * T_MIN + 0.5 * (BETA_MAX - BETA_MIN) * T_MIN * T_MIN));
  struct answer answer;
  solve(m, alpha, &answer);
  for (size_t i = 0; i < options->reps; i++) mean += work->log_z[i] / reps;
  for (size_t i = 0; i < options->reps; i++)
    square += (work->log_z[i] - mean) * (work->log_z[i] - mean) / reps;
  result_line(label, "logZ_exact", answer.log_z);
  result_line(label, "logZ_mean", mean);
  result_line(label, "logZ_sd", sqrt(square));
  compare(label, m, alpha, &answer, &work->last);
  free(answer.mean);
  free(answer.mode);
}

static void one_case(const struct options *options, const char *name,
                     const char *frame) {
  char case_name[128];
  struct label label = {"w3", case_name, options->threads};
  size_t n = options->n > 0 ? options->n : 100000;
  size_t steps = options->steps > 0 ? options->steps : 200;
  bool is_noise = strcmp(frame, "noise") == 0;
  snprintf(case_name, sizeof case_name, "%s%s_beta2_N%zu_S%zu", name,
           is_noise ? "" : "_matched", n, steps);
  if (!is_wanted(options, &label)) return;
  struct mixture m;
  struct rig rig;
  struct work work = {.rig = &rig};
  struct clocks clocks;
  mixture_read(options, name, &m);
  char *text = config_text(&m, n, steps, frame);
  rig_open(&rig, options, text);
  clocks_measure(&clocks, 0, options->reps, run, &work);
  result_clocks(&label, &clocks, (double)n * (double)steps,
                "ns_per_particle_step");
  report(options, &label, &m, &work);
  run_result_free(&work.last);
  rig_close(&rig);
  free(text);
  mixture_free(&m);
}

void bench_mixtures(const struct options *options) {
  static const char *const names[] = {"gmm2d40", "gmm64d8"};
  for (size_t i = 0; i < 2; i++) {
    one_case(options, names[i], "noise");
    one_case(options, names[i], "matched");
  }
}
