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

void place_all(const struct placement *p) {
  const uint32_t placed = 1u << 31;
  size_t n = p->n, dead = 0;
  uint32_t *n_copies = p->n_copies;
  double log_n = log((double)n);
  memset(n_copies, 0, n * sizeof *n_copies);
  for (size_t j = 0; j < n; j++) n_copies[p->ancestor[j]]++;
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
}

/* Another copy of the ancestor before it, where they rise. */
static bool is_more(const struct placement *p, size_t j) {
  return j > 0 && p->ancestor[j] == p->ancestor[j - 1];
}

/* Two threads may mark one row, if ancestors do not rise or two chunks hold
 * copies of one. */
void place_look(const struct placement *p, size_t chunk) {
  struct place_chunk *c = &p->chunks[chunk];
  size_t begin, end;
  place_rows(p->n, chunk, &begin, &end);
  *c = (struct place_chunk){.breach = place_breach(p, begin, end),
                            .is_rising = true};
  if (c->breach < p->n) return;
  for (size_t j = begin; j < end; j++) {
    if (j > 0 && p->ancestor[j] < p->ancestor[j - 1]) c->is_rising = false;
    c->n_more += is_more(p, j);
    __atomic_store_n(&p->n_copies[p->ancestor[j]], 1, __ATOMIC_RELAXED);
  }
}

size_t place_breach_of(const struct placement *p, bool *is_rising) {
  size_t breach = p->n;
  *is_rising = true;
  for (size_t k = place_n_chunks(p->n); k-- > 0;) {
    if (p->chunks[k].breach < p->n) breach = p->chunks[k].breach;
    *is_rising = *is_rising && p->chunks[k].is_rising;
  }
  return breach;
}

void place_list(const struct placement *p, size_t chunk) {
  size_t begin, end, n_dead = 0;
  place_rows(p->n, chunk, &begin, &end);
  for (size_t i = begin; i < end; i++) {
    p->dead[begin + n_dead] = (uint32_t)i;
    n_dead += p->n_copies[i] == 0;
  }
  p->chunks[chunk].n_dead = n_dead;
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
