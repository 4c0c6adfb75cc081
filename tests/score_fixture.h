/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions to one score plugin, and the laws between its answers: score and
 * log p, divergence and score, vjp and x0hat, and blocks split anywhere.  Each
 * law returns its worst violation; rows have leading dimensions of their own
 * and padding that must stay untouched. */
#ifndef KAC_TESTS_SCORE_FIXTURE_H
#define KAC_TESTS_SCORE_FIXTURE_H
#include "plugin_fixture.h"

enum { MAX_ROWS = 96, MAX_D = 64, PAD_X = 1, PAD_OUT = 2 };
struct answer {
  size_t d, ld;
  double score[MAX_ROWS * (MAX_D + PAD_OUT)];
  double x0[MAX_ROWS * (MAX_D + PAD_OUT)];
  double eps[MAX_ROWS * (MAX_D + PAD_OUT)];
  double vjp[MAX_ROWS * (MAX_D + PAD_OUT)];
  double logp[MAX_ROWS], div[MAX_ROWS];
};

/* Everything unasked for keeps this value. */
static const double untouched = -7.25e77;

static inline void answer_reset(struct answer *a, size_t d) {
  size_t n = sizeof a->score / sizeof a->score[0];
  a->d = d;
  a->ld = d + PAD_OUT;
  for (size_t i = 0; i < n; i++)
    a->score[i] = a->x0[i] = a->eps[i] = a->vjp[i] = untouched;
  for (size_t i = 0; i < MAX_ROWS; i++) a->logp[i] = a->div[i] = untouched;
}

/* x: n rows of d without padding; v likewise, or NULL. */
static inline void ask(struct fixture *f, uint64_t want, size_t row0, size_t n,
                       const double *x, const double *v, struct answer *a) {
  static double wide[MAX_ROWS * (MAX_D + PAD_X)];
  static double direction[MAX_ROWS * (MAX_D + PAD_OUT)];
  size_t d = f->space.n_real;
  answer_reset(a, d);
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < d; j++) {
      wide[i * (d + PAD_X) + j] = x[i * d + j];
      direction[i * a->ld + j] = v ? v[i * d + j] : 0;
    }
  kac_score_io io = {.struct_size = sizeof io,
                     .want = want,
                     .t = 0.5,
                     .x = fixture_rows(wide, d + PAD_X),
                     .score = a->score,
                     .x0 = a->x0,
                     .eps = a->eps,
                     .vjp = a->vjp,
                     .v = direction,
                     .ld = a->ld,
                     .logp = a->logp,
                     .div = a->div};
  struct fixture_block b = fixture_block(f, row0, n);
  const kac_score_ops *ops = f->component->ops;
  kac_status status = ops->eval(f->self, &b.block, &io, &f->err);
  ck_assert_msg(status == KAC_OK, "%s", f->err.msg);
}

/* Rows x + h e_j and x - h e_j for every j: 2 d rows. */
static inline void neighbours(const double *x, size_t d, double h,
                              double *rows) {
  ck_assert_uint_le(2 * d, MAX_ROWS);
  for (size_t r = 0; r < 2 * d; r++) {
    memcpy(rows + r * d, x, d * sizeof *x);
    rows[r * d + r / 2] += r % 2 ? -h : h;
  }
}

static inline double worse(double worst, double a, double b, double scale) {
  double error = fabs(a - b) / (scale + fabs(a) + fabs(b));
  return error <= worst ? worst : error; /* a NaN is the worst */
}

/* score against central differences of log p, at one point.  The score may be
 * asked at another noise than log p: a broken twin. */
static inline double law_gradient(struct fixture *f, const double *x, double h,
                                  kac_coeffs score_at) {
  static struct answer at, near;
  static double rows[MAX_ROWS * MAX_D];
  size_t d = f->space.n_real;
  kac_coeffs kept = f->now;
  neighbours(x, d, h, rows);
  ask(f, KAC_Q_LOGP, 0, 2 * d, rows, NULL, &near);
  f->now = score_at;
  ask(f, KAC_Q_SCORE, 0, 1, x, NULL, &at);
  f->now = kept;
  double worst = 0;
  for (size_t j = 0; j < d; j++)
    worst = worse(worst, at.score[j],
                  (near.logp[2 * j] - near.logp[2 * j + 1]) / (2 * h), 1.0);
  return worst;
}

/* div against central differences of the score. */
static inline double law_divergence(struct fixture *f, const double *x,
                                    double h) {
  static struct answer at, near;
  static double rows[MAX_ROWS * MAX_D];
  size_t d = f->space.n_real;
  double sum = 0;
  neighbours(x, d, h, rows);
  ask(f, KAC_Q_SCORE, 0, 2 * d, rows, NULL, &near);
  ask(f, KAC_Q_DIV, 0, 1, x, NULL, &at);
  for (size_t j = 0; j < d; j++)
    sum += (near.score[2 * j * near.ld + j] -
            near.score[(2 * j + 1) * near.ld + j]) /
           (2 * h);
  return worse(0, at.div[0], sum, 1.0);
}

/* vjp against central differences of v . x0hat. */
static inline double law_vjp(struct fixture *f, const double *x,
                             const double *v, double h) {
  static struct answer at, near;
  static double rows[MAX_ROWS * MAX_D];
  size_t d = f->space.n_real;
  double worst = 0;
  neighbours(x, d, h, rows);
  ask(f, KAC_Q_X0, 0, 2 * d, rows, NULL, &near);
  ask(f, KAC_Q_VJP, 0, 1, x, v, &at);
  for (size_t j = 0; j < d; j++) {
    const double *up = near.x0 + 2 * j * near.ld, *down = up + near.ld;
    double sum = 0;
    for (size_t i = 0; i < d; i++) sum += v[i] * (up[i] - down[i]) / (2 * h);
    worst = worse(worst, at.vjp[j], sum, 1.0);
  }
  return worst;
}

/* x0hat = (x + sigma^2 score)/alpha and eps = -sigma score, docs/methods.md
 * section 1. */
static inline double law_conversions(struct fixture *f, const double *x) {
  static struct answer a;
  const kac_coeffs *c = &f->now;
  double worst = 0;
  ask(f, KAC_Q_SCORE | KAC_Q_X0 | KAC_Q_EPS, 0, 1, x, NULL, &a);
  for (size_t j = 0; j < a.d; j++) {
    double x0 = (x[j] + c->sigma * c->sigma * a.score[j]) / c->alpha;
    worst = worse(worst, a.x0[j], x0, 1.0);
    worst = worse(worst, a.eps[j], -c->sigma * a.score[j], 1.0);
  }
  return worst;
}

static inline bool same_bits(const double *a, const double *b, size_t n) {
  return memcmp(a, b, n * sizeof *a) == 0;
}

/* Blocks of MAX_ROWS rows, and the same rows in blocks of uneven lengths: true
 * if every bit agrees. */
static inline bool law_split(struct fixture *f, uint64_t want, const double *x,
                             const double *v) {
  static struct answer whole, part;
  static const size_t lengths[] = {1, 31, 33, 17, 2, 12};
  size_t d = f->space.n_real, first = 0;
  ask(f, want, 0, MAX_ROWS, x, v, &whole);
  for (size_t k = 0; k < 6; first += lengths[k++]) {
    size_t n = lengths[k], at = first * whole.ld, size = n * whole.ld;
    ask(f, want, first, n, x + first * d, v ? v + first * d : NULL, &part);
    if (!same_bits(part.score, whole.score + at, size) ||
        !same_bits(part.x0, whole.x0 + at, size) ||
        !same_bits(part.eps, whole.eps + at, size) ||
        !same_bits(part.vjp, whole.vjp + at, size) ||
        !same_bits(part.logp, whole.logp + first, n) ||
        !same_bits(part.div, whole.div + first, n))
      return false;
  }
  ck_assert_uint_eq(first, MAX_ROWS);
  return true;
}

/* n numbers that look like normals, of the given width. */
static inline void normals(double *x, size_t n, uint64_t seed, double width) {
  for (size_t i = 0; i < n; i++)
    x[i] = width * fixture_normal(seed * 1000003 + i);
}

#endif
