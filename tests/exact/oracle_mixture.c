/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Noised mixtures on the line, and the integral, mean and variance of a path
 * of targets at one time: by trapezoid sums, and by GSL's adaptive rule. */
#include <gsl/gsl_errno.h>
#include <gsl/gsl_integration.h>
#include <math.h>
#include <stdlib.h>

#include "oracle.h"

void oracle_mixture_at(const struct oracle_mixture *q, double alpha,
                       double sigma, double x, double *logq, double *score) {
  double log_part[ORACLE_COMPONENTS], max = -HUGE_VAL, sum = 0, pull = 0;
  for (size_t i = 0; i < q->n; i++) {
    double v = alpha * alpha * q->var[i] + sigma * sigma;
    double r = x - alpha * q->mean[i];
    log_part[i] =
        log(q->weight[i]) - 0.5 * (r * r / v + log(2 * ORACLE_PI * v));
    max = fmax(max, log_part[i]);
  }
  for (size_t i = 0; i < q->n; i++) {
    double v = alpha * alpha * q->var[i] + sigma * sigma;
    double part = exp(log_part[i] - max);
    sum += part;
    pull += part * (alpha * q->mean[i] - x) / v;
  }
  *logq = max + log(sum);
  *score = pull / sum;
}

double oracle_log_pi(const struct oracle_path *path, size_t k, double x) {
  const struct oracle_grid *grid = path->grid;
  double total = 0, logq, score;
  for (size_t i = 0; i < path->n_terms; i++) {
    oracle_mixture_at(&path->term[i].q, grid->alpha[k], grid->sigma[k], x,
                      &logq, &score);
    total += oracle_ramp_at(path, path->term[i].power, k) * logq;
  }
  const struct oracle_reward *reward = &path->reward;
  if (reward->kind == REWARD_RATE || reward->kind == REWARD_FULL) {
    double r = x - reward->center;
    total -= oracle_ramp_at(path, reward->strength, k) * 0.5 *
             reward->stiffness * r * r;
  }
  return total;
}

struct span { /* where pi lives, and its smallest length */
  double low, high, length;
};

static struct span span_at(const struct oracle_path *path, size_t k) {
  const struct oracle_grid *grid = path->grid;
  struct span span = {HUGE_VAL, -HUGE_VAL, HUGE_VAL};
  double a = grid->alpha[k], s = grid->sigma[k];
  for (size_t i = 0; i < path->n_terms; i++)
    for (size_t j = 0; j < path->term[i].q.n; j++) {
      double mean = a * path->term[i].q.mean[j];
      double sd = sqrt(a * a * path->term[i].q.var[j] + s * s);
      span.low = fmin(span.low, mean - 40 * sd);
      span.high = fmax(span.high, mean + 40 * sd);
      span.length = fmin(span.length, sd);
    }
  return span;
}

struct oracle_law oracle_quadrature(const struct oracle_path *path, size_t k) {
  struct span span = span_at(path, k);
  size_t n = (size_t)((span.high - span.low) / span.length * 32);
  double h = (span.high - span.low) / (double)n, top = -HUGE_VAL;
  double sum = 0, first = 0, second = 0;
  for (size_t i = 0; i <= n; i++)
    top = fmax(top, oracle_log_pi(path, k, span.low + h * (double)i));
  for (size_t i = 0; i <= n; i++) {
    double x = span.low + h * (double)i;
    double part = exp(oracle_log_pi(path, k, x) - top);
    sum += part;
    first += part * x;
    second += part * x * x;
  }
  double mean = first / sum;
  return (struct oracle_law){top + log(sum * h), mean,
                             second / sum - mean * mean};
}

struct integrand {
  const struct oracle_path *path;
  size_t k;
  int moment;
  double center, top;
};

static double integrand(double x, void *context) {
  const struct integrand *f = context;
  return pow(x - f->center, f->moment) *
         exp(oracle_log_pi(f->path, f->k, x) - f->top);
}

static double integrate(struct integrand f, double low, double high) {
  enum { LIMIT = 2000, PIECES = 64 };
  gsl_integration_workspace *space = gsl_integration_workspace_alloc(LIMIT);
  if (!space) abort();
  gsl_function function = {integrand, &f};
  double total = 0, piece = (high - low) / PIECES;
  for (int i = 0; i < PIECES; i++) {
    double value = 0, error = 0;
    double from = low + piece * i;
    if (gsl_integration_qag(&function, from, from + piece, 1e-15, 1e-12, LIMIT,
                            GSL_INTEG_GAUSS61, space, &value,
                            &error) != GSL_SUCCESS &&
        error > 1e-11)
      total = nan("");
    total += value;
  }
  gsl_integration_workspace_free(space);
  return total;
}

struct oracle_law oracle_quadrature_gsl(const struct oracle_path *path,
                                        size_t k) {
  gsl_error_handler_t *old = gsl_set_error_handler_off();
  struct span span = span_at(path, k);
  double middle = 0.5 * (span.low + span.high);
  struct integrand f = {path, k, 0, 0, oracle_log_pi(path, k, middle)};
  double mass = integrate(f, span.low, span.high);
  f.moment = 1;
  double mean = integrate(f, span.low, span.high) / mass;
  f.moment = 2;
  f.center = mean;
  double var = integrate(f, span.low, span.high) / mass;
  gsl_set_error_handler(old);
  return (struct oracle_law){f.top + log(mass), mean, var};
}
