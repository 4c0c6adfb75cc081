/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Gaussian recursion: with linear scores the weighted law stays Z N(m,P)
 * under left-point weights exp(quadratic) and Euler moves.  Weight step
 * exp(c0 + c1 x + c2 x^2): 1/P' = 1/P - 2 c2, m' = P'(m/P + c1). */
#include <math.h>

#include "oracle.h"

struct linear {
  double shift, slope;
};
struct quadratic {
  double c0, c1, c2;
};

static struct linear linear_add(struct linear a, double k, struct linear b) {
  return (struct linear){a.shift + k * b.shift, a.slope + k * b.slope};
}

static struct quadratic add(struct quadratic a, double k, struct quadratic b) {
  return (struct quadratic){a.c0 + k * b.c0, a.c1 + k * b.c1, a.c2 + k * b.c2};
}

static struct quadratic product(struct linear a, struct linear b) {
  return (struct quadratic){a.shift * b.shift,
                            a.shift * b.slope + a.slope * b.shift,
                            a.slope * b.slope};
}

static struct quadratic log_normal(double mean, double var) {
  return (struct quadratic){
      -0.5 * mean * mean / var - 0.5 * log(2 * ORACLE_PI * var), mean / var,
      -0.5 / var};
}

static struct quadratic log_term(const struct oracle_path *path, size_t i,
                                 size_t k) {
  const struct oracle_grid *grid = path->grid;
  const struct oracle_mixture *q = &path->term[i].q;
  double a = grid->alpha[k], s = grid->sigma[k];
  return log_normal(a * q->mean[0], a * a * q->var[0] + s * s);
}

static struct quadratic reward(const struct oracle_path *path) {
  double k = path->reward.stiffness, c = path->reward.center;
  return (struct quadratic){-0.5 * k * c * c, k * c, -0.5 * k};
}

static struct linear gradient(struct quadratic q) {
  return (struct linear){q.c1, 2 * q.c2};
}

static bool is_tilted(const struct oracle_path *path) {
  return path->reward.kind == REWARD_RATE || path->reward.kind == REWARD_FULL;
}

static struct linear path_score(const struct oracle_path *path,
                                const struct oracle_step *step) {
  struct linear s = {0};
  for (size_t i = 0; i < path->n_terms; i++)
    s = linear_add(s, step->power[i], gradient(log_term(path, i, step->point)));
  if (is_tilted(path))
    s = linear_add(s, step->strength, gradient(reward(path)));
  return s;
}

/* b = sum p_i b_i + (1 - sum p_i) kappa x, with b_i = -f x + half s_i. */
static struct linear velocity(const struct oracle_path *path,
                              const struct oracle_step *step, double half) {
  struct linear b = {0, -step->f * step->sum + (1 - step->sum) * step->kappa};
  for (size_t i = 0; i < path->n_terms; i++)
    b = linear_add(b, half * step->power[i],
                   gradient(log_term(path, i, step->point)));
  return b;
}

static struct linear control(const struct oracle_path *path,
                             const struct oracle_step *step) {
  struct linear a = {0};
  if (path->reward.kind == REWARD_FULL)
    a = linear_add(a, 0.5 * step->g2 * step->strength, gradient(reward(path)));
  return a;
}

/* sum p_i (b - b_i).s_i + (1 - sum p_i) kappa + grad h.b, plus div a + a.S for
 * a control a. */
static struct quadratic rate(const struct oracle_path *path,
                             const struct oracle_step *step) {
  double half = path->mutant == MUTANT_HALF ? step->g2 : 0.5 * step->g2;
  struct linear b = velocity(path, step, half), a = control(path, step);
  struct quadratic g = {0};
  if (path->mutant != MUTANT_NO_DIVERGENCE)
    g.c0 = (1 - step->sum) * step->kappa + a.slope;
  for (size_t i = 0; i < path->n_terms; i++) {
    struct linear s = gradient(log_term(path, i, step->point));
    struct linear rest = linear_add(b, -half, s);
    rest.slope += step->f;
    g = add(g, step->power[i], product(rest, s));
  }
  if (is_tilted(path))
    g = add(g, step->strength, product(gradient(reward(path)), b));
  if (path->reward.kind == REWARD_INTEGRAL)
    g = add(g, step->strength, reward(path));
  return add(g, 1, product(a, path_score(path, step)));
}

/* The log-weight of step k: rate times du and the exact differences. */
static struct quadratic log_weight(const struct oracle_path *path, size_t k) {
  bool is_late = path->mutant == MUTANT_WEIGHT_RIGHT;
  struct oracle_step step = oracle_step_at(path, is_late ? k + 1 : k);
  double sign = path->mutant == MUTANT_SIGN ? -1 : 1;
  struct quadratic w =
      add((struct quadratic){0}, sign * step.du, rate(path, &step));
  step = oracle_step_at(path, k);
  for (size_t i = 0; i < path->n_terms; i++)
    w = add(w, step.dpower[i], log_term(path, i, k));
  if (is_tilted(path)) w = add(w, step.dstrength, reward(path));
  return path->mutant == MUTANT_NO_WEIGHT ? (struct quadratic){0} : w;
}

static void weigh(struct oracle_law *law, struct quadratic w, int order) {
  double c = order * w.c0, b = order * w.c1, a = -2 * order * w.c2;
  double m = law->mean, v = law->var, k = 1 + a * v;
  if (!(k > 0)) law->log_z = HUGE_VAL;
  if (!isfinite(law->log_z)) return;
  law->log_z +=
      c - 0.5 * log(k) + 0.5 * (2 * m * b + b * b * v - a * m * m) / k;
  law->mean = (m + b * v) / k;
  law->var = v / k;
}

static void move(struct oracle_law *law, struct linear drift, double du,
                 double var) {
  double slope = 1 + drift.slope * du;
  law->mean = slope * law->mean + drift.shift * du;
  law->var = slope * slope * law->var + var;
}

static void advance(const struct oracle_path *path, size_t k,
                    struct oracle_law *law) {
  bool is_late = path->mutant == MUTANT_DRIFT_RIGHT;
  struct oracle_step step = oracle_step_at(path, is_late ? k + 1 : k);
  struct linear drift = velocity(path, &step, 0.5 * step.g2);
  drift = linear_add(drift, 1, control(path, &step));
  drift = linear_add(drift, step.eps, path_score(path, &step));
  double var = 2 * step.eps * step.du;
  move(law, drift, step.du, path->mutant == MUTANT_NOISE ? sqrt(var) : var);
  if (!(path->langevin > 0)) return;
  step = oracle_step_at(path, path->is_langevin_old ? k : k + 1);
  move(law, path_score(path, &step), path->langevin, 2 * path->langevin);
}

static struct quadratic log_path(const struct oracle_path *path, size_t k) {
  struct oracle_step step = oracle_step_at(path, k);
  struct quadratic q = {0};
  for (size_t i = 0; i < path->n_terms; i++)
    q = add(q, step.power[i], log_term(path, i, k));
  return is_tilted(path) ? add(q, step.strength, reward(path)) : q;
}

static struct oracle_law start(const struct oracle_path *path, int order) {
  struct oracle_law law = {0, path->start_mean, path->start_var};
  struct quadratic pi = log_path(path, 0);
  if (path->start == START_PATH)
    return (struct oracle_law){0, -0.5 * pi.c1 / pi.c2, -0.5 / pi.c2};
  if (path->start == START_WEIGHTED)
    weigh(&law, add(pi, -1, log_normal(law.mean, law.var)), order);
  return law;
}

struct oracle_law oracle_gaussian(const struct oracle_path *path, int order) {
  struct oracle_law law = start(path, order);
  size_t n = path->grid->n - (path->mutant == MUTANT_SHORT);
  for (size_t k = 0; k < n; k++) {
    if (path->mutant != MUTANT_NEW_X) weigh(&law, log_weight(path, k), order);
    advance(path, k, &law);
    if (path->mutant == MUTANT_NEW_X) weigh(&law, log_weight(path, k), order);
  }
  return law;
}
