/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Differences along a direction u are of fourth order in h,
 *   (8 (f(x + h u) - f(x - h u)) - (f(x + 2 h u) - f(x - 2 h u))) / (12 h),
 * with h = sigma/100: scores change over lengths of sigma, and a network in
 * float32 has noise of 1e-7/h.  Sources: docs/check-model.md. */
#include "model/measure.h"

#include <kac/sdk.h>
#include <stdlib.h>

#include "memory.h"
#include "sampler/convert.h"

const struct measure_form measure_forms[MEASURE_FORMS] = {
    {KAC_Q_X0, "x0"}, {KAC_Q_EPS, "eps"}, {KAC_Q_VELOCITY, "velocity"}};

static double dot(const double *a, const double *b, size_t n) {
  double sum = 0;
  for (size_t k = 0; k < n; k++) sum += a[k] * b[k];
  return sum;
}

static double *take(struct probe *probe, size_t n) {
  size_t d = probe->worker.spec->space.n_real;
  double *rows = memory_alloc((n > 0 ? n : 1) * d * sizeof *rows);
  if (!rows)
    fault_set(&probe->worker.fault, EXIT_RESOURCE, "no memory for %zu points",
              n);
  return rows;
}

/* sqrt(sum |a - b|^2 / sum |b|^2); what is below `rounding` counts as equal. */
static double relative(const double *a, const double *b, size_t n,
                       double rounding) {
  double off = 0, size = 0;
  for (size_t k = 0; k < n; k++) {
    off += (a[k] - b[k]) * (a[k] - b[k]);
    size += b[k] * b[k];
  }
  if (off <= rounding * rounding * (double)n) return 0;
  return size > 0 ? sqrt(off / size) : KAC_INF;
}

/* --- fit -------------------------------------------------------------------
 */
/* x0hat = (x + sigma^2 score)/alpha, Tweedie's formula. */
static void fit_data(const struct points *points, const double *score, size_t d,
                     struct measure *to) {
  double off = 0, baseline = 0, v = points->c.sigma * points->c.sigma;
  for (size_t k = 0; k < points->n * d; k++) {
    double x0 = (points->x[k] + v * score[k]) / points->c.alpha;
    double linear = points->linear[k] - points->x0[k];
    off += (x0 - points->x0[k]) * (x0 - points->x0[k]);
    baseline += linear * linear;
  }
  to->fit = off / baseline;
  to->error = off / (double)(points->n * d);
}

/* The score of N(0, V) is -x/V, what differences of a quadratic give. */
static void fit_law(const struct points *points, const double *score, size_t d,
                    struct measure *to) {
  const kac_coeffs *c = &points->c;
  double s = c->alpha * points->sigma_data, v = s * s + c->sigma * c->sigma;
  double off = 0, size = 0, gain = c->sigma * c->sigma / c->alpha;
  for (size_t k = 0; k < points->n * d; k++) {
    double law = -points->x[k] / v;
    off += (score[k] - law) * (score[k] - law);
    size += law * law;
  }
  to->fit = sqrt(off / size);
  to->error = gain * gain * off / (double)(points->n * d);
}

static void fit_of(const struct points *points, const double *score, size_t d,
                   struct measure *to) {
  to->fit = to->error = KAC_NAN;
  if (!(points->c.sigma > 0)) return;
  if (points->x0)
    fit_data(points, score, d, to);
  else
    fit_law(points, score, d, to);
}

bool measure_fit(struct probe *probe, const struct points *points,
                 struct measure *to) {
  size_t d = probe->worker.spec->space.n_real;
  double *score = take(probe, points->n);
  bool is_good =
      score && probe_score(probe, &points->c, points->x, points->n, score);
  if (is_good) fit_of(points, score, d, to);
  free(score);
  return is_good;
}

/* --- differences -----------------------------------------------------------
 */
/* Rows x, directions u and v, each pair of length 1 and at right angles, and
 * the score's derivatives J u and J v.  A row is rough where differences over
 * one length and over two disagree: at the kinks of relu, or where numbers are
 * rounded as coarsely as in bfloat16. */
struct bundle {
  size_t n, d;
  double h;
  double *x, *u, *v, *ju, *jv, *odd, *even, *moved, *value;
  bool is_rough[MEASURE_ROWS];
};

static bool bundle_new(struct probe *probe, const struct points *points,
                       struct bundle *to) {
  size_t n = points->n < MEASURE_ROWS ? points->n : MEASURE_ROWS;
  size_t d = probe->worker.spec->space.n_real;
  double length = points->c.sigma > 0 ? points->c.sigma : points->sigma_data;
  double *rows = take(probe, 9 * n);
  *to = (struct bundle){.n = n, .d = d, .h = 0.01 * length};
  double **const each[] = {&to->x,   &to->u,    &to->v,     &to->ju,   &to->jv,
                           &to->odd, &to->even, &to->moved, &to->value};
  for (size_t k = 0; rows && k < 9; k++) *each[k] = rows + k * n * d;
  if (rows) memcpy(to->x, points->x, n * d * sizeof *rows);
  return rows;
}

static void make_length_one(double *a, size_t d) {
  double size = sqrt(dot(a, a, d));
  for (size_t k = 0; k < d && size > 0; k++) a[k] /= size;
}

static void draw_directions(const struct spec *spec, size_t time,
                            struct bundle *b) {
  points_normal(spec, time, 1, b->n, b->u);
  points_normal(spec, time, 2, b->n, b->v);
  for (size_t i = 0; i < b->n; i++) {
    double *u = b->u + i * b->d, *v = b->v + i * b->d;
    make_length_one(u, b->d);
    double part = dot(u, v, b->d);
    for (size_t k = 0; k < b->d; k++) v[k] -= part * u[k];
    make_length_one(v, b->d);
  }
}

/* Beside the derivative two gaps that are 0 for a polynomial of degree 2: what
 * differences over one and two lengths disagree by, and how far the change of
 * slope over two lengths is from twice that over one. */
enum { STENCIL = 5 };
static const struct {
  double at, weight, odd, even;
} stencil[STENCIL] = {{1, 8.0 / 12, 1.0 / 2, -2},
                      {-1, -8.0 / 12, -1.0 / 2, -2},
                      {2, -1.0 / 12, -1.0 / 4, 1.0 / 2},
                      {-2, 1.0 / 12, 1.0 / 4, 1.0 / 2},
                      {0, 0, 0, 3}};

static void move(struct bundle *b, const double *u, double steps) {
  for (size_t k = 0; k < b->n * b->d; k++)
    b->moved[k] = b->x[k] + steps * b->h * u[k];
}

static const double ROUGH = 2e-3; /* a gap as a part of the derivative */

/* The derivative of the score, and that of x0hat, which is u + sigma^2 J u but
 * for a factor: in noise the two nearly cancel. */
static void find_rough(struct bundle *b, double variance, const double *u,
                       const double *ju) {
  for (size_t i = 0; i < b->n; i++) {
    size_t at = i * b->d;
    double gap = dot(b->odd + at, b->odd + at, b->d) +
                 dot(b->even + at, b->even + at, b->d);
    double size = dot(ju + at, ju + at, b->d), less = 0;
    for (size_t k = at; k < at + b->d; k++)
      less += (u[k] + variance * ju[k]) * (u[k] + variance * ju[k]);
    gap /= ROUGH * ROUGH;
    b->is_rough[i] =
        b->is_rough[i] || gap > size || variance * variance * gap > less;
  }
}

/* ju = J u */
static bool differentiate(struct probe *probe, const kac_coeffs *c,
                          struct bundle *b, const double *u, double *ju) {
  size_t n = b->n * b->d;
  memset(ju, 0, n * sizeof *ju);
  memset(b->odd, 0, n * sizeof *ju);
  memset(b->even, 0, n * sizeof *ju);
  for (size_t s = 0; s < STENCIL; s++) {
    move(b, u, stencil[s].at);
    if (!probe_score(probe, c, b->moved, b->n, b->value)) return false;
    for (size_t k = 0; k < n; k++) {
      double slope = b->value[k] / b->h;
      ju[k] += stencil[s].weight * slope;
      b->odd[k] += stencil[s].odd * slope;
      b->even[k] += stencil[s].even * slope;
    }
  }
  find_rough(b, c->sigma * c->sigma, u, ju);
  return true;
}

/* For independent u and v at right angles E (u'(J - J')v)^2 = |J - J'|^2 /
 * (d (d-1)) and E |J v|^2 = |J|^2/d, in Frobenius' norm. */
static double asymmetry(const struct bundle *b, double n_dof) {
  double off = 0, size = 0;
  if (!(n_dof > 1)) return KAC_NAN;
  for (size_t i = 0; i < b->n; i++) {
    const double *u = b->u + i * b->d, *v = b->v + i * b->d;
    const double *ju = b->ju + i * b->d, *jv = b->jv + i * b->d;
    double turn = dot(u, jv, b->d) - dot(v, ju, b->d);
    off += turn * turn;
    size += 0.5 * (dot(ju, ju, b->d) + dot(jv, jv, b->d));
  }
  return size > 0 ? sqrt((n_dof - 1) * off / (4 * size)) : 0;
}

/* Differences of log q along u at the bundle's rows.  Those of second and of
 * fourth order must agree to 1 %, else they tell nothing: the row is left out,
 * as where log q is -inf. */
static double compare_slopes(const struct bundle *b, const double *score,
                             double logp[4][MEASURE_ROWS]) {
  double off = 0, size = 0;
  size_t n = 0;
  for (size_t i = 0; i < b->n; i++) {
    double second = (logp[0][i] - logp[1][i]) / (2 * b->h), fourth = 0;
    for (size_t s = 0; s < 4; s++)
      fourth += stencil[s].weight / b->h * logp[s][i];
    if (!isfinite(fourth) || fabs(fourth - second) > 0.01 * fabs(fourth))
      continue;
    double slope = dot(score + i * b->d, b->u + i * b->d, b->d);
    off += (slope - fourth) * (slope - fourth);
    size += fourth * fourth;
    n++;
  }
  if (n == 0) return KAC_NAN;
  return size > 0 ? sqrt(off / size) : off > 0 ? KAC_INF : 0;
}

static bool measure_logp(struct probe *probe, const kac_coeffs *c,
                         struct bundle *b, const double *score,
                         double *result) {
  double logp[4][MEASURE_ROWS];
  for (size_t s = 0; s < 4; s++) {
    move(b, b->u, stencil[s].at);
    if (!probe_logp(probe, c, b->moved, b->n, logp[s])) return false;
  }
  *result = compare_slopes(b, score, logp);
  return true;
}

/* x0hat = (x + sigma^2 s)/alpha, so its Jacobian is (1 + sigma^2 J)/alpha; both
 * u and v as the other side of the product with u. */
static bool measure_vjp(struct probe *probe, const kac_coeffs *c,
                        struct bundle *b, double *result) {
  double pair[2][2 * MEASURE_ROWS], variance = c->sigma * c->sigma;
  size_t n = 0;
  if (!probe_vjp(probe, c, b->x, b->u, b->n, b->value)) return false;
  for (size_t i = 0; i < b->n; i++) {
    size_t at = i * b->d;
    const double *u = b->u + at, *v = b->v + at;
    if (b->is_rough[i]) continue;
    pair[0][n] = dot(b->value + at, u, b->d);
    pair[1][n++] =
        (dot(u, u, b->d) + variance * dot(u, b->ju + at, b->d)) / c->alpha;
    pair[0][n] = dot(b->value + at, v, b->d);
    pair[1][n++] = variance * dot(u, b->jv + at, b->d) / c->alpha;
  }
  if (n >= b->n) /* half of the rows, two numbers each: else chance chose */
    *result = relative(pair[0], pair[1], n, 0);
  return true;
}

/* --- all -------------------------------------------------------------------
 */
/* Every form becomes a score by (alpha x0 - x)/sigma^2 or its like, a
 * difference of numbers of the size of x: that much of it is chance where the
 * score is 0. */
static double chance_of(const struct points *points, const struct bundle *b) {
  double variance = points->c.sigma * points->c.sigma;
  size_t n = b->n * b->d;
  return 0x1p-48 * sqrt(dot(b->x, b->x, n) / (double)n) / variance;
}

static bool measure_others(struct probe *probe, const struct points *points,
                           const double *score, struct bundle *b,
                           struct measure *to) {
  const kac_coeffs *c = &points->c;
  uint64_t provides = instance_provides(probe->score);
  if (!differentiate(probe, c, b, b->u, b->ju) ||
      !differentiate(probe, c, b, b->v, b->jv))
    return false;
  to->asymmetry = asymmetry(b, probe->worker.spec->space.n_dof);
  if ((provides & KAC_Q_LOGP) && !measure_logp(probe, c, b, score, &to->logp))
    return false;
  if ((provides & KAC_Q_VJP) && !measure_vjp(probe, c, b, &to->vjp))
    return false;
  for (size_t k = 0; k < MEASURE_FORMS; k++) {
    uint64_t bit = measure_forms[k].bit;
    bool is_own = bit == convert_choice(provides);
    if (!(provides & bit) || is_own || !(c->sigma > 0) || !(c->g2 > 0))
      continue;
    if (!probe_form(probe, bit, c, b->x, b->n, b->value)) return false;
    to->form[k] = relative(b->value, score, b->n * b->d, chance_of(points, b));
  }
  return true;
}

bool measure_all(struct probe *probe, const struct points *points, size_t time,
                 struct measure *to) {
  const struct spec *spec = probe->worker.spec;
  struct bundle bundle = {0};
  *to = (struct measure){.t = points->c.t,
                         .alpha = points->c.alpha,
                         .sigma = points->c.sigma,
                         .signal = points->signal,
                         .fit = KAC_NAN,
                         .asymmetry = KAC_NAN,
                         .logp = KAC_NAN,
                         .vjp = KAC_NAN,
                         .form = {KAC_NAN, KAC_NAN, KAC_NAN}};
  double *score = take(probe, points->n);
  bool is_good = score && bundle_new(probe, points, &bundle) &&
                 probe_score(probe, &points->c, points->x, points->n, score);
  if (is_good) {
    fit_of(points, score, spec->space.n_real, to);
    draw_directions(spec, time, &bundle);
    is_good = measure_others(probe, points, score, &bundle, to);
  }
  free(bundle.x);
  free(score);
  return is_good;
}
