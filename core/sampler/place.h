/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the copies of a resampling go: the first copy of an ancestor stays in
 * its row, the others fill the rows of the dead in order.  One way for all, and
 * one in chunks for many threads where the ancestors come in rising order, as
 * from every resampler that sweeps once; both give the same rows. */
#ifndef KAC_CORE_PLACE_H
#define KAC_CORE_PLACE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is known of one chunk of n_rows/WEIGHTS_CHUNK. */
struct place_chunk {
  size_t n_more, n_dead; /* copies that have to move; rows without a copy */
  size_t head, tail;     /* entries of the first ancestor and of the last one */
  uint64_t n_same;       /* pairs of entries of one ancestor */
  bool continues;        /* the entry before has the ancestor of the first */
  bool is_rising, is_even, is_bad; /* bad: maybe against the contract */
};

/* What is known of all entries. */
struct place_sum {
  size_t breach;           /* first entry against the contract, or n */
  uint64_t n_same;         /* pairs of one ancestor, if they rise */
  bool is_rising, is_even; /* even: all have the same weight */
};

struct placement {
  size_t n;
  double log_n;
  double *w;              /* n, of the parents; work space after placing */
  const double *logw_out; /* n; entries j of the resampler */
  const uint32_t *ancestor;
  uint32_t *n_copies;         /* n, work space of place_all */
  uint32_t *dead;             /* n, work space: those of a chunk at its begin */
  struct place_chunk *chunks; /* place_n_chunks(n), work space */
  uint32_t *source;           /* n rows: whose copy it becomes */
  double *logw;               /* n rows; unless all are even */
};

size_t place_n_chunks(size_t n);
void place_rows(size_t n, size_t chunk, size_t *begin, size_t *end);

/* The first of entries begin ... end - 1 whose ancestor is out of range or has
 * weight 0, or whose weight is NaN or +inf; else n. [any] */
size_t place_breach(const struct placement *p, size_t begin, size_t end);
/* All at once.  The number of pairs of one ancestor is right in any order. */
struct place_sum place_all(const struct placement *p);

/* In chunks: look at all of them, then sum them up; if there is no breach and
 * they are rising, put all. [any] */
void place_look(const struct placement *p, size_t chunk);
struct place_sum place_seen(const struct placement *p);
void place_put(const struct placement *p, size_t chunk, bool is_even);

/* The log-weight of entry j as the population keeps it: its mean is log Z. */
double place_logw(const struct placement *p, size_t j);

/* Sum over ancestors of the square of their copies' part of the weight: the
 * share of pairs, drawn by weight, that have the same parent.  Spoils p->w. */
double place_same(const struct placement *p, const struct place_sum *sum);

#endif
