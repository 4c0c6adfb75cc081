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

struct place_sum place_all(const struct placement *p) {
  const uint32_t placed = 1u << 31;
  size_t n = p->n, dead = 0;
  uint32_t *n_copies = p->n_copies;
  double log_n = log((double)n);
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
    p->logw[row] = p->logw_out[j] + log_n;
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
  int falls = 0, odd = 0, bad = 0;
  uint32_t more = 0, most = 0;
  for (size_t j = begin > 0 ? begin : 1; j < end; j++) {
    falls |= ancestor[j] < ancestor[j - 1];
    more += ancestor[j] == ancestor[j - 1];
  }
  for (size_t j = begin; j < end; j++)
    most = ancestor[j] > most ? ancestor[j] : most;
  for (size_t j = begin; j < end; j++) {
    odd |= !is_same(logw[j], logw[0]);
    bad |= !(logw[j] < KAC_INF);
  }
  bad |= most >= p->n;
  for (size_t j = begin; j < end && !bad; j++) bad |= !(p->w[ancestor[j]] > 0);
  c->breach = bad ? place_breach(p, begin, end) : p->n;
  c->is_rising = !falls;
  c->is_even = !odd;
  c->n_more = more;
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

/* Lists the rows begin ... end - 1 that have no copy, if ancestors rise; else
 * it lists anything, and nobody asks. */
static size_t list_dead(const struct placement *p, size_t begin, size_t end) {
  unsigned char lives[WEIGHTS_CHUNK + 1] = {0};
  size_t n_rows = end - begin, n_dead = 0, last = first_of(p, end);
  for (size_t j = first_of(p, begin); j < last; j++) {
    size_t i = p->ancestor[j] - begin;
    lives[i < n_rows ? i : n_rows] = 1;
  }
  for (size_t i = 0; i < n_rows; i++) {
    p->dead[begin + n_dead] = (uint32_t)(begin + i);
    n_dead += !lives[i];
  }
  return n_dead;
}

void place_look(const struct placement *p, size_t chunk) {
  const uint32_t *ancestor = p->ancestor;
  size_t begin, end, n_same = 0;
  place_rows(p->n, chunk, &begin, &end);
  struct place_chunk c = {.continues = is_more(p, begin)};
  look_at(p, begin, end, &c);
  size_t start = begin; /* of the entries that have the ancestor of j */
  for (size_t j = begin; j < end; j++) {
    start = j > begin && ancestor[j] == ancestor[j - 1] ? start : j;
    n_same += j - start;
  }
  c.n_same = n_same;
  c.tail = end - start;
  while (c.head < end - begin && ancestor[begin + c.head] == ancestor[begin])
    c.head++;
  c.n_dead = list_dead(p, begin, end);
  p->chunks[chunk] = c;
}

struct place_sum place_seen(const struct placement *p) {
  struct place_sum sum = {.breach = p->n, .is_rising = true, .is_even = true};
  size_t before = 0; /* entries of the last ancestor of the chunks so far */
  for (size_t k = 0; k < place_n_chunks(p->n); k++) {
    const struct place_chunk *c = &p->chunks[k];
    size_t begin, end;
    place_rows(p->n, k, &begin, &end);
    if (c->breach < sum.breach) sum.breach = c->breach;
    sum.is_rising &= c->is_rising;
    sum.is_even &= c->is_even;
    sum.n_same += c->n_same + (c->continues ? before * c->head : 0);
    bool is_one = c->continues && c->tail == end - begin;
    before = c->tail + (is_one ? before : 0);
  }
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

void place_put(const struct placement *p, size_t chunk) {
  struct dead_row dead = dead_after(p, chunk);
  double log_n = log((double)p->n);
  size_t begin, end;
  place_rows(p->n, chunk, &begin, &end);
  for (size_t j = begin; j < end; j++) {
    size_t row = is_more(p, j) ? next_dead(p, &dead) : p->ancestor[j];
    p->source[row] = p->ancestor[j];
    p->logw[row] = p->logw_out[j] + log_n;
  }
}
