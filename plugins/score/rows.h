/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Spherical components in many dimensions: rows as they lie, lanes along the
 * row, so that nothing is turned.  Sums are taken in an order that depends on d
 * alone.  Below ROWS_MIN columns tiles are faster (shares.h). */
#ifndef KAC_PLUGINS_ROWS_H
#define KAC_PLUGINS_ROWS_H
#include "tile.h"

enum { ROWS_MIN = 16, ROWS_LANES = 8, AHEAD = 32 };
typedef double row_lanes __attribute__((vector_size(64)));
typedef double row_four __attribute__((vector_size(32)));

/* sum += (x - m)^2 */
KAC_INLINE void add_square(const double *x, const double *m, row_lanes *sum) {
  row_lanes a, b;
  memcpy(&a, x, sizeof a);
  memcpy(&b, m, sizeof b);
  a -= b;
  *sum += a * a;
}

KAC_INLINE void fold(const row_lanes *sum, row_four *half) {
  *half = __builtin_shufflevector(*sum, *sum, 0, 1, 2, 3) +
          __builtin_shufflevector(*sum, *sum, 4, 5, 6, 7);
}

/* |x - m|^2 */
KAC_INLINE double distance2(const double *x, const double *m, size_t d) {
  size_t j = 0;
  row_lanes sum = {0};
  row_four half;
  for (; j + ROWS_LANES <= d; j += ROWS_LANES) add_square(x + j, m + j, &sum);
  fold(&sum, &half);
  double total = (half[0] + half[1]) + (half[2] + half[3]);
  for (; j < d; j++) total += (x[j] - m[j]) * (x[j] - m[j]);
  return total;
}

/* The same for four rows m, d apart, their sums taken side by side. */
KAC_INLINE void distances2(const double *x, const double *m, size_t d,
                           row_four *out) {
  size_t j = 0;
  row_lanes sum[4] = {{0}};
  row_four p, q, r, s;
  for (; j + ROWS_LANES <= d; j += ROWS_LANES)
    for (size_t k = 0; k < 4; k++) add_square(x + j, m + k * d + j, &sum[k]);
  fold(&sum[0], &p), fold(&sum[1], &q), fold(&sum[2], &r), fold(&sum[3], &s);
  p = __builtin_shufflevector(p, q, 0, 4, 2, 6) +
      __builtin_shufflevector(p, q, 1, 5, 3, 7);
  r = __builtin_shufflevector(r, s, 0, 4, 2, 6) +
      __builtin_shufflevector(r, s, 1, 5, 3, 7);
  *out = __builtin_shufflevector(p, r, 0, 1, 4, 5) +
         __builtin_shufflevector(p, r, 2, 3, 6, 7);
  for (; j < d; j++) {
    row_four delta = {x[j] - m[j], x[j] - m[d + j], x[j] - m[2 * d + j],
                      x[j] - m[3 * d + j]};
    *out += delta * delta;
  }
}

/* Asks for a row AHEAD of this one, which comes from main memory.  Beyond the
 * block lies the next one; an address that nobody owns is harmless here. */
KAC_INLINE void ask_ahead(const double *row, size_t ld, size_t d) {
  const size_t line = 64 / sizeof *row;
  uintptr_t far = (uintptr_t)row + AHEAD * ld * sizeof *row;
  for (size_t j = 0; j < d; j += line)
    __builtin_prefetch((const void *)(far + j * sizeof *row));
}

/* spherical_logits of n_rows rows at x; the rest of the tile repeats the last,
 * as tile_load has it. */
KAC_CLONES static void row_logits(size_t n, size_t d,
                                  const double *restrict mean,
                                  const double *restrict precision,
                                  const double *restrict level,
                                  const double *restrict x, size_t ld,
                                  size_t n_rows, double *restrict logit) {
  for (size_t i = 0; i < TILE; i++) {
    const double *row = x + (i < n_rows ? i : n_rows - 1) * ld;
    size_t k = 0;
    ask_ahead(row, ld, d);
    for (; k + 4 <= n; k += 4) {
      row_four square, rate, top;
      distances2(row, mean + k * d, d, &square);
      memcpy(&rate, precision + k, sizeof rate);
      memcpy(&top, level + k, sizeof top);
      top -= 0.5 * rate * square;
      for (size_t l = 0; l < 4; l++) logit[(k + l) * TILE + i] = top[l];
    }
    for (; k < n; k++)
      logit[k * TILE + i] =
          level[k] - 0.5 * precision[k] * distance2(row, mean + k * d, d);
  }
}

/* sum_k pull_k m_k of `many` lanes at m, less total * x. */
KAC_INLINE void row_pull(size_t n, size_t d, const double *m,
                         const double *pull, double total, const double *x,
                         size_t many, double *score) {
  row_lanes sum[4] = {{0}}, a;
  for (size_t k = 0; k < n; k++)
    for (size_t l = 0; l < many; l++) {
      memcpy(&a, m + k * d + l * ROWS_LANES, sizeof a);
      sum[l] += pull[k * TILE] * a;
    }
  for (size_t l = 0; l < many; l++) {
    memcpy(&a, x + l * ROWS_LANES, sizeof a);
    sum[l] -= total * a;
    memcpy(score + l * ROWS_LANES, &sum[l], sizeof a);
  }
}

/* spherical_score of the same rows: pull and total by the tile. */
KAC_CLONES static void row_scores(size_t n, size_t d,
                                  const double *restrict mean,
                                  const double *restrict pull,
                                  const double *restrict total,
                                  const double *restrict x, size_t ld,
                                  size_t n_rows, double *restrict score,
                                  size_t ld_score) {
  enum { WIDE = 4 * ROWS_LANES };
  for (size_t i = 0; i < n_rows; i++, x += ld, score += ld_score, pull++) {
    size_t j = 0;
    for (; j + WIDE <= d; j += WIDE)
      row_pull(n, d, mean + j, pull, total[i], x + j, 4, score + j);
    for (; j + ROWS_LANES <= d; j += ROWS_LANES)
      row_pull(n, d, mean + j, pull, total[i], x + j, 1, score + j);
    for (; j < d; j++) {
      double sum = 0;
      for (size_t k = 0; k < n; k++) sum += pull[k * TILE] * mean[k * d + j];
      score[j] = sum - total[i] * x[j];
    }
  }
}

#endif
