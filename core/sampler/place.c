/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows for the copies: see place.h. */
#include "sampler/place.h"

#include <kac/sdk.h>

#include "sampler/weights.h"

size_t place_n_chunks(size_t n) {
  return (n + WEIGHTS_CHUNK - 1) / WEIGHTS_CHUNK;
}

void place_rows(size_t n, size_t chunk, size_t *begin, size_t *end) {
  *begin = chunk * WEIGHTS_CHUNK;
  *end = n - *begin < WEIGHTS_CHUNK ? n : *begin + WEIGHTS_CHUNK;
}

size_t place_breach(const struct placement *p, size_t begin, size_t end) {
  for (size_t j = begin; j < end; j++) {
    size_t a = p->ancestor[j];
    if (a >= p->n || !(p->w[a] > 0) || !(p->logw_out[j] < KAC_INF)) return j;
  }
  return p->n;
}

/* Of log-weights, which are no NaN where anybody asks. */
KAC_INLINE bool is_same(double a, double b) {
  return !(a < b) && !(a > b);
}

double place_logw(const struct placement *p, size_t j) {
  return p->logw_out[j] + p->log_n;
}

struct place_sum place_all(const struct placement *p) {
  const uint32_t placed = 1u << 31;
  size_t n = p->n, dead = 0;
  uint32_t *n_copies = p->n_copies;
  struct place_sum sum = {.breach = n, .is_even = true};
  memset(n_copies, 0, n * sizeof *n_copies);
  for (size_t j = 0; j < n; j++) {
    sum.n_same += n_copies[p->ancestor[j]]++;
    sum.is_even &= is_same(p->logw_out[j], p->logw_out[0]);
  }
  for (size_t j = 0; j < n; j++) {
    size_t row = p->ancestor[j];
    if (n_copies[row] & placed) {
      while (n_copies[dead] != 0) dead++;
      row = dead++;
    } else {
      n_copies[row] |= placed;
    }
    p->source[row] = p->ancestor[j];
    if (!sum.is_even) p->logw[row] = place_logw(p, j);
  }
  return sum;
}

double place_same(const struct placement *p, const struct place_sum *sum) {
  double n = (double)p->n, all = 0, square = 0;
  if (sum->is_even) return (n + 2 * (double)sum->n_same) / (n * n);
  memset(p->w, 0, p->n * sizeof *p->w);
  for (size_t j = 0; j < p->n; j++) p->w[p->ancestor[j]] += exp(p->logw_out[j]);
  for (size_t i = 0; i < p->n; i++) {
    all += p->w[i];
    square += p->w[i] * p->w[i];
  }
  return square / (all * all);
}

/* Another copy of the ancestor before it, where they rise. */
static bool is_more(const struct placement *p, size_t j) {
  return j > 0 && p->ancestor[j] == p->ancestor[j - 1];
}

/* What entries begin ... end - 1 say of themselves, without a branch. */
KAC_CLONES static void look_at(const struct placement *p, size_t begin,
                               size_t end, struct place_chunk *c) {
  const uint32_t *ancestor = p->ancestor;
  const double *logw = p->logw_out;
  int falls = 0, odd = 0, bad = ancestor[end - 1] >= p->n;
  uint32_t more = 0;
  for (size_t j = begin > 0 ? begin : 1; j < end; j++) {
    falls |= ancestor[j] < ancestor[j - 1];
    more += ancestor[j] == ancestor[j - 1];
  }
  for (size_t j = begin; j < end; j++) {
    odd |= !is_same(logw[j], logw[0]);
    bad |= !(logw[j] < KAC_INF);
  }
  c->is_bad = bad;
  c->is_rising = !falls;
  c->is_even = !odd;
  c->n_more = more;
}

/* Pairs among n entries that have one ancestor, if they rise: those next to
 * each other, those with one between them and so on, until there are none. */
KAC_CLONES static uint64_t count_same(const uint32_t *ancestor, size_t n) {
  enum { FAR = 16 };
  uint64_t n_same = 0;
  uint32_t here = 1;
  for (size_t d = 1; d < FAR && here > 0; d++) {
    here = 0;
    for (size_t j = d; j < n; j++) here += ancestor[j] == ancestor[j - d];
    n_same += here;
  }
  if (here == 0) return n_same;
  n_same = 0; /* some have so many copies that one look at each is less work */
  for (size_t j = 1, start = 0; j < n; j++) {
    start = ancestor[j] == ancestor[j - 1] ? start : j;
    n_same += j - start;
  }
  return n_same;
}

/* The first entry whose ancestor is not below `row`, if they rise. */
static size_t first_of(const struct placement *p, size_t row) {
  size_t low = 0, high = p->n;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (p->ancestor[middle] < row)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/* Lists the rows begin ... end - 1 that have no copy, and looks whether one of
 * weight zero has some, if ancestors rise; else both say anything, and nobody
 * listens. */
KAC_CLONES static void list_dead(const struct placement *p, size_t begin,
                                 size_t end, struct place_chunk *c) {
  unsigned char lives[WEIGHTS_CHUNK + 1] = {0};
  size_t n_rows = end - begin, n_dead = 0, last = first_of(p, end);
  for (size_t j = first_of(p, begin); j < last; j++) {
    size_t i = p->ancestor[j] - begin;
    lives[i < n_rows ? i : n_rows] = 1;
  }
  int bad = 0;
  for (size_t i = 0; i < n_rows; i++) bad |= lives[i] & !(p->w[begin + i] > 0);
  for (size_t i = 0; i < n_rows; i++) {
    p->dead[begin + n_dead] = (uint32_t)(begin + i);
    n_dead += !lives[i];
  }
  c->is_bad |= bad;
  c->n_dead = n_dead;
}

void place_look(const struct placement *p, size_t chunk) {
  size_t begin, end;
  place_rows(p->n, chunk, &begin, &end);
  const uint32_t *ancestor = p->ancestor + begin;
  size_t n = end - begin;
  struct place_chunk c = {.continues = is_more(p, begin), .head = 1, .tail = 1};
  look_at(p, begin, end, &c);
  list_dead(p, begin, end, &c);
  c.n_same = count_same(ancestor, n);
  while (c.head < n && ancestor[c.head] == ancestor[0]) c.head++;
  while (c.tail < n && ancestor[n - 1 - c.tail] == ancestor[n - 1]) c.tail++;
  p->chunks[chunk] = c;
}

struct place_sum place_seen(const struct placement *p) {
  struct place_sum sum = {.breach = p->n, .is_rising = true, .is_even = true};
  bool is_bad = false;
  size_t before = 0; /* entries of the last ancestor of the chunks so far */
  for (size_t k = 0; k < place_n_chunks(p->n); k++) {
    const struct place_chunk *c = &p->chunks[k];
    size_t begin, end;
    place_rows(p->n, k, &begin, &end);
    is_bad |= c->is_bad;
    sum.is_rising &= c->is_rising;
    sum.is_even &= c->is_even;
    sum.n_same += c->n_same + (c->continues ? before * c->head : 0);
    bool is_one = c->continues && c->tail == end - begin;
    before = c->tail + (is_one ? before : 0);
  }
  if (is_bad || !sum.is_rising) sum.breach = place_breach(p, 0, p->n);
  return sum;
}

/* The chunk and the place in its list of the k-th dead row of all. */
struct dead_row {
  size_t chunk, k;
};

static struct dead_row dead_after(const struct placement *p, size_t chunk) {
  struct dead_row at = {0, 0};
  for (size_t c = 0; c < chunk; c++) at.k += p->chunks[c].n_more;
  while (at.k > 0 && at.k >= p->chunks[at.chunk].n_dead)
    at.k -= p->chunks[at.chunk++].n_dead;
  return at;
}

static size_t next_dead(const struct placement *p, struct dead_row *at) {
  while (at->k == p->chunks[at->chunk].n_dead) {
    at->chunk++;
    at->k = 0;
  }
  return p->dead[at->chunk * WEIGHTS_CHUNK + at->k++];
}

void place_put(const struct placement *p, size_t chunk, bool is_even) {
  struct dead_row dead = dead_after(p, chunk);
  size_t begin, end;
  place_rows(p->n, chunk, &begin, &end);
  for (size_t j = begin; j < end; j++) {
    size_t row = is_more(p, j) ? next_dead(p, &dead) : p->ancestor[j];
    p->source[row] = p->ancestor[j];
    if (!is_even) p->logw[row] = place_logw(p, j);
  }
}
