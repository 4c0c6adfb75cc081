/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The law of Euler moves and left-point weights on the line, for any score:
 * the weighted density is carried from one uniform grid to the next by
 * rho'(y) = sum_x h rho(x) exp(log w(x)) N(y; x + drift du, var).  Each grid is
 * fine against the kernels before and behind it, so that trapezoid sums
 * converge like exp(-2 pi^2 (sd/h)^2). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "oracle.h"

struct sheet { /* density rho at low + i h; the true one is exp(log_scale) rho
                */
  size_t n;
  double low, h, log_scale, *rho, *mean;
};
static const double negligible = 1e-30, reach = 10, per_sd = 2;

static void sheet_free(struct sheet *sheet) {
  free(sheet->rho);
  *sheet = (struct sheet){0};
}

static struct sheet sheet_new(double low, double high, double h) {
  struct sheet sheet = {
      .n = (size_t)((high - low) / h) + 2, .low = low, .h = h};
  sheet.rho = calloc(2 * sheet.n, sizeof *sheet.rho);
  if (!sheet.rho) abort();
  sheet.mean = sheet.rho + sheet.n;
  return sheet;
}

struct point { /* the models at one x */
  double logq[ORACLE_TERMS], s[ORACLE_TERMS], b[ORACLE_TERMS];
  double velocity, path_score, reward, slope;
};

static struct point point_at(const struct oracle_path *path,
                             const struct oracle_step *step, double x) {
  const struct oracle_grid *grid = path->grid;
  struct point p = {0};
  p.velocity = (1 - step->sum) * step->kappa * x;
  for (size_t i = 0; i < path->n_terms; i++) {
    oracle_mixture_at(&path->term[i].q, grid->alpha[step->point],
                      grid->sigma[step->point], x, &p.logq[i], &p.s[i]);
    p.b[i] = -step->f * x + 0.5 * step->g2 * p.s[i];
    p.velocity += step->power[i] * p.b[i];
    p.path_score += step->power[i] * p.s[i];
  }
  double r = x - path->reward.center;
  p.reward = -0.5 * path->reward.stiffness * r * r;
  p.slope = -path->reward.stiffness * r;
  if (path->reward.kind == REWARD_RATE)
    p.path_score += step->strength * p.slope;
  return p;
}

static double log_weight(const struct oracle_path *path,
                         const struct oracle_step *step,
                         const struct point *p) {
  double g = (1 - step->sum) * step->kappa, jump = 0;
  for (size_t i = 0; i < path->n_terms; i++) {
    g += step->power[i] * (p->velocity - p->b[i]) * p->s[i];
    jump += step->dpower[i] * p->logq[i];
  }
  if (path->reward.kind == REWARD_RATE) {
    g += step->strength * p->slope * p->velocity;
    jump += step->dstrength * p->reward;
  }
  if (path->reward.kind == REWARD_INTEGRAL) g += step->strength * p->reward;
  return g * step->du + jump;
}

static double step_sd(const struct oracle_path *path, size_t k) {
  if (k >= path->grid->n) return HUGE_VAL;
  struct oracle_step step = oracle_step_at(path, k);
  return sqrt(2 * step.eps * step.du);
}

/* Scale to a maximum of 1; forget the ends where nothing is left. */
static void trim(struct sheet *sheet) {
  double max = 0;
  for (size_t i = 0; i < sheet->n; i++) max = fmax(max, sheet->rho[i]);
  size_t first = 0, last = sheet->n - 1;
  while (sheet->rho[first] < negligible * max) first++;
  while (sheet->rho[last] < negligible * max) last--;
  sheet->n = last - first + 1;
  memmove(sheet->rho, sheet->rho + first, sheet->n * sizeof *sheet->rho);
  memmove(sheet->mean, sheet->mean + first, sheet->n * sizeof *sheet->mean);
  for (size_t i = 0; i < sheet->n; i++) sheet->rho[i] /= max;
  sheet->low += sheet->h * (double)first;
  sheet->log_scale += log(max);
}

static void weigh(struct sheet *sheet, const struct oracle_path *path, size_t k,
                  int order) {
  struct oracle_step step = oracle_step_at(path, k);
  double top = -HUGE_VAL;
  for (size_t i = 0; i < sheet->n; i++) {
    double x = sheet->low + sheet->h * (double)i;
    struct point p = point_at(path, &step, x);
    double drift = p.velocity + step.eps * p.path_score;
    sheet->mean[i] = x + drift * step.du;
    sheet->rho[i] = log(sheet->rho[i]) + order * log_weight(path, &step, &p);
    top = fmax(top, sheet->rho[i]);
  }
  for (size_t i = 0; i < sheet->n; i++)
    sheet->rho[i] = exp(sheet->rho[i] - top);
  sheet->log_scale += top;
}

static void scatter(const struct sheet *from, size_t i, double sd,
                    struct sheet *to) {
  double y = from->mean[i];
  double mass = from->h * from->rho[i] / (sd * sqrt(2 * ORACLE_PI));
  double first = floor((y - reach * sd - to->low) / to->h);
  size_t j = first > 0 ? (size_t)first : 0;
  for (; j < to->n; j++) {
    double r = (to->low + to->h * (double)j - y) / sd;
    if (r > reach) return;
    to->rho[j] += mass * exp(-0.5 * r * r);
  }
}

static struct sheet carry(const struct sheet *from, double sd, double h) {
  double low = HUGE_VAL, high = -HUGE_VAL;
  for (size_t i = 0; i < from->n; i++) {
    low = fmin(low, from->mean[i]);
    high = fmax(high, from->mean[i]);
  }
  struct sheet to = sheet_new(low - reach * sd, high + reach * sd, h);
  to.log_scale = from->log_scale;
  for (size_t i = 0; i < from->n; i++) scatter(from, i, sd, &to);
  return to;
}

static double log_normal(double x, double mean, double var) {
  double r = x - mean;
  return -0.5 * (r * r / var + log(2 * ORACLE_PI * var));
}

static struct sheet start(const struct oracle_path *path, int order) {
  struct oracle_law law = {0, path->start_mean, path->start_var};
  if (path->start == START_PATH) law = oracle_quadrature(path, 0);
  double sd = sqrt(law.var), width = 12 * sd;
  double h = fmin(sd, step_sd(path, 0)) / per_sd / 2;
  if (path->start != START_PLAIN) width *= 2;
  struct sheet sheet = sheet_new(law.mean - width, law.mean + width, h);
  for (size_t i = 0; i < sheet.n; i++) {
    double x = sheet.low + h * (double)i;
    double base = log_normal(x, law.mean, law.var);
    double pi = oracle_log_pi(path, 0, x);
    if (path->start == START_PATH) base = pi - law.log_z;
    if (path->start == START_WEIGHTED) base += order * (pi - base);
    sheet.rho[i] = exp(base);
  }
  return sheet;
}

static struct oracle_law summary(const struct sheet *sheet) {
  double sum = 0, first = 0, second = 0;
  for (size_t i = 0; i < sheet->n; i++) {
    double x = sheet->low + sheet->h * (double)i;
    sum += sheet->rho[i];
    first += sheet->rho[i] * x;
    second += sheet->rho[i] * x * x;
  }
  double mean = first / sum;
  return (struct oracle_law){sheet->log_scale + log(sum * sheet->h), mean,
                             second / sum - mean * mean};
}

struct oracle_law oracle_operator(const struct oracle_path *path, int order) {
  struct sheet now = start(path, order);
  for (size_t k = 0; k < path->grid->n; k++) {
    double sd = step_sd(path, k), next = step_sd(path, k + 1);
    trim(&now);
    weigh(&now, path, k, order);
    trim(&now);
    struct sheet then = carry(&now, sd, fmin(sd, next) / per_sd);
    sheet_free(&now);
    now = then;
  }
  struct oracle_law law = summary(&now);
  sheet_free(&now);
  return law;
}
