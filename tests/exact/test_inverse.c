/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A linear inverse problem with a Gaussian prior: evidence and posterior by
 * updating with one measurement after the other (Kalman 1960), against guided
 * and unguided runs with the potential `observation`.  The prior N(m, c I) is
 * the law of the chain itself (ancestral, variance = "exact"), noised. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "rows.h"

enum { D = 3, M = 2 };
static struct ledger ledger; /* of this program */
static const double mean[D] = {0.5, -1, 0}, variance = 0.8;
static const double a[M][D] = {{1, 0.5, 0}, {-0.4, 1, 0.7}};
static const double y[M] = {1.2, 0.3}, sigma[M] = {0.9, 1.2};

static const struct {
  const char *name, *keys;
} rows[] = {
    {"unguided", "mode = \"final\";"},
    {"guided",
     "mode = \"difference\"; at = \"x0hat\"; guide = 0.5; strength "
     "= { from = 0.3; to = 1.0; };"},
    {"widened",
     "mode = \"difference\"; at = \"x0hat\"; guide = 1.0; "
     "data_variance = 0.8;"},
};
enum { N_ROWS = sizeof rows / sizeof *rows };

static void update(struct exact_answer *law, double p[D][D], size_t i) {
  double pa[D] = {0}, total = sigma[i] * sigma[i], off = y[i];
  for (size_t j = 0; j < D; j++) {
    for (size_t k = 0; k < D; k++) pa[j] += p[j][k] * a[i][k];
    total += a[i][j] * pa[j];
    off -= a[i][j] * law->mean[j];
  }
  law->log_z -= 0.5 * (log(2 * ORACLE_PI * total) + off * off / total);
  for (size_t j = 0; j < D; j++) {
    law->mean[j] += pa[j] * off / total;
    for (size_t k = 0; k < D; k++) p[j][k] -= pa[j] * pa[k] / total;
  }
}

/* The run ends at t = 0.3 of dx = -x dt + sqrt 2 dW: there is noise left. */
static struct exact_answer posterior(void) {
  double alpha = exp(-0.3), p[D][D] = {{0}};
  struct exact_answer law = {0, D, {0}, {0}};
  for (size_t j = 0; j < D; j++) {
    law.mean[j] = alpha * mean[j];
    p[j][j] = alpha * alpha * variance + 1 - alpha * alpha;
  }
  for (size_t i = 0; i < M; i++) update(&law, p, i);
  for (size_t j = 0; j < D; j++) law.var[j] = p[j][j];
  return law;
}

START_TEST(weighted_particles_are_the_posterior) {
  char text[ROW_TEXT];
  struct exact_answer answer = posterior();
  struct exact_stats stats;
  snprintf(text, sizeof text,
           "state = { real = 3; };\n"
           "schedule = { plugin = \"vp\"; beta_min = 2.0; beta_max = 2.0; "
           "t_min = 0.3; t_max = 1.5; };\n"
           "time = { steps = 10; };\n"
           "scores = ({ id = \"q\"; plugin = \"gaussian\"; mean = (%g, %g, "
           "%g); variance = %g; });\n"
           "potentials = ({ plugin = \"observation\"; operator = ((%g, %g, "
           "%g), (%g, %g, %g)); y = (%g, %g); sigma = (%g, %g); %s });\n"
           "integrators = ({ plugin = \"ancestral\"; variance = \"exact\"; "
           "data_variance = %g; });\n"
           "resampler = { plugin = \"systematic\"; ess_below = 0.9; };\n"
           "start = { law = \"q\"; };\n",
           mean[0], mean[1], mean[2], variance, a[0][0], a[0][1], a[0][2],
           a[1][0], a[1][1], a[1][2], y[0], y[1], sigma[0], sigma[1],
           rows[_i].keys, variance);
  struct exact_config config = {
      .text = text, .particles = 64, .replicates = 500, .seed = 31 + ledger.n};
  exact_collect(&config, 20000, &answer, &stats);
  exact_gate(rows[_i].name, &stats, D, &ledger);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("inverse");
  for (int i = 0; i < N_ROWS; i++)
    exact_add_row(suite, rows[i].name, weighted_particles_are_the_posterior, i);
  return exact_main(suite, &ledger);
}
