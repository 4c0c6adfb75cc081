/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sums w_1 + ... + w_i for all i, a tile of weights at a time.  A tile is cut
 * into LANES segments that are summed side by side, so that no addition waits
 * for the one before; where segments meet, what rounding left is carried on.
 * Two things hold to the bit: the sums do not fall, and a weight of zero leaves
 * the sum as it was.  They are within 18 2^-53 of the exact ones, relatively to
 * the total. */
#ifndef KAC_PLUGINS_RESAMPLER_PREFIX_H
#define KAC_PLUGINS_RESAMPLER_PREFIX_H
#include "weights.h"

enum { SEGMENT = 32, TILE = LANES * SEGMENT };
typedef double lanes __attribute__((vector_size(LANES * sizeof(double))));

struct prefix {
  double sum, carry; /* of the weights so far; the exact one is sum + carry */
  size_t length;     /* of a segment of the tile */
  double at[TILE];   /* to weight i of segment s: at[i * LANES + s] */
};

/* Beyond what rounding does to a sum of `total`, scaled to n. */
KAC_INLINE double prefix_margin(double n) {
  return n * 0x1p-48;
}

/* The sum goes on behind a segment. */
KAC_INLINE void prefix_pass(struct prefix *p, double segment) {
  double add = segment + p->carry, sum = p->sum + add;
  if (!(segment > 0)) return;
  if (!(sum > p->sum)) {
    p->carry = add;
    return;
  }
  p->carry = (add - (sum - p->sum)) + (segment - (add - p->carry));
  p->sum = sum;
}

/* The next 1 to TILE weights. */
KAC_CLONES
static void prefix_tile(struct prefix *p, const double *w, size_t n) {
  lanes sum = {0};
  double padded[TILE], begin[LANES], carry[LANES];
  size_t length = (n + LANES - 1) / LANES;
  if (n < length * LANES) {
    memset(padded, 0, sizeof padded);
    memcpy(padded, w, n * sizeof *w);
    w = padded;
  }
  p->length = length;
  for (const double *i = w; i < w + length; i++) {
    sum += (lanes){i[0],          i[length],     i[2 * length], i[3 * length],
                   i[4 * length], i[5 * length], i[6 * length], i[7 * length]};
    memcpy(p->at + LANES * (i - w), &sum, sizeof sum);
  }
  for (size_t s = 0; s < LANES; s++) {
    begin[s] = p->sum;
    carry[s] = p->carry;
    prefix_pass(p, sum[s]);
  }
  for (size_t i = 0; i < length; i++)
    for (size_t s = 0; s < LANES; s++) {
      double local = p->at[i * LANES + s];
      double all = begin[s] + (local + carry[s]);
      p->at[i * LANES + s] = local > 0 && all > begin[s] ? all : begin[s];
    }
}

__attribute__((noinline)) static size_t prefix_fill(uint32_t *ancestor,
                                                    size_t k, size_t end,
                                                    uint32_t i) {
  for (; k < end; k++) ancestor[k] = i;
  return end;
}

/* Ancestor j becomes the weight of the tile, which begins with weight `first`,
 * that has below[j-1] <= j < below[j]; k is below[-1], and the new one is
 * returned.  Weights write four places whatever their offspring is, so that few
 * branches depend on it: who comes next writes over them. */
KAC_INLINE size_t prefix_give(const struct prefix *p, const int32_t *below,
                              size_t first, size_t n, size_t k,
                              uint32_t *ancestor, size_t n_out) {
  for (size_t s = 0; s * p->length < n; s++) {
    size_t begin = s * p->length, left = n - begin;
    size_t m = left < p->length ? left : p->length;
    int has_room = (size_t)below[(m - 1) * LANES + s] + 4 <= n_out;
    uint32_t i = (uint32_t)(first + begin);
    for (size_t j = 0; j < m; j++, i++) {
      size_t end = (size_t)below[j * LANES + s];
      if (has_room) {
        const uint32_t four[4] = {i, i, i, i};
        memcpy(ancestor + k, four, sizeof four);
      }
      size_t done = has_room ? k + 4 : k;
      k = __builtin_expect(done >= end, 1)
              ? end
              : prefix_fill(ancestor, done, end, i);
    }
  }
  return k;
}

#endif
