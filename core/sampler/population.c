/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arrays of the population.  An array that is not registered in `moved` would
 * stay behind at resampling: there is one place to add one. */
#include "sampler/population.h"

#include <kac/sdk.h>
#include <stdlib.h>

#include "memory.h"

/* Where the next array goes: counted first, then allocated, by one function,
 * so that the estimate cannot differ from what is used. */
struct plan {
  struct population *population; /* NULL: only count */
  size_t n_rows, bytes;
  bool is_good;
};

static void *take(struct plan *plan, size_t row_bytes, bool is_moved) {
  size_t bytes;
  if (row_bytes == 0) return NULL;
  if (!memory_product(plan->n_rows, row_bytes, &bytes) ||
      bytes > SIZE_MAX / 2 || plan->bytes > SIZE_MAX / 2) {
    plan->is_good = false;
    return NULL;
  }
  plan->bytes += bytes;
  struct population *population = plan->population;
  if (!population || !plan->is_good) return NULL;
  void *data = memory_alloc(bytes);
  plan->is_good = data != NULL;
  if (data && is_moved) {
    population->moved[population->n_moved].data = data;
    population->moved[population->n_moved++].bytes = row_bytes;
  }
  return data;
}

static void take_all(struct plan *plan, struct population *to,
                     const struct spec *spec,
                     const struct population_needs *needs) {
  const size_t real = sizeof(double), d = spec->space.n_real * real;
  size_t kept = needs->cache ? 1 : 0;
  to->x = take(plan, d, true);
  to->lineage = take(plan, sizeof(uint32_t), true);
  to->pstate = take(plan, needs->pstate_bytes, true);
  to->twist = take(plan, needs->n_twist * real, true);
  to->cache.b = take(plan, kept * d, true);
  to->cache.s = take(plan, kept * d, true);
  to->cache.x0 = take(plan, needs->x0 ? d : 0, true);
  to->cache.g = take(plan, kept * real, true);
  to->cache.logpi = take(plan, kept * real, true);
  to->cache.terms = take(plan, kept * needs->n_slots * real, true);
  to->logw = take(plan, real, false); /* resampling gives new ones */
  to->w = take(plan, real, false);
  to->ancestor = take(plan, sizeof(uint32_t), false);
}

bool population_new(struct population *population, const struct spec *spec,
                    const struct population_needs *needs) {
  *population =
      (struct population){.n_rows = spec->n_particles * spec->n_replicates,
                          .n_particles = spec->n_particles,
                          .n_replicates = spec->n_replicates,
                          .n_real = spec->space.n_real,
                          .pstate_stride = needs->pstate_bytes,
                          .n_twist = needs->n_twist};
  struct plan plan = {population, population->n_rows, 0, true};
  take_all(&plan, population, spec, needs);
  if (plan.is_good) return true;
  population_free(population);
  return false;
}

void population_free(struct population *population) {
  for (size_t k = 0; k < population->n_moved; k++)
    free(population->moved[k].data);
  free(population->logw);
  free(population->w);
  free(population->ancestor);
  *population = (struct population){0};
}

void *population_release(struct population *population, void *data) {
  for (size_t k = 0; k < population->n_moved; k++)
    if (population->moved[k].data == data) population->moved[k].data = NULL;
  return data;
}

size_t population_bytes(const struct spec *spec,
                        const struct population_needs *needs) {
  struct population unused = {0};
  struct plan plan = {NULL, 0, 0, true};
  if (!memory_product(spec->n_particles, spec->n_replicates, &plan.n_rows))
    return SIZE_MAX;
  take_all(&plan, &unused, spec, needs);
  return plan.is_good ? plan.bytes : SIZE_MAX;
}

/* Rows that become copies of others, of one array.  The sizes that matter most
 * are known to the compiler, so that their copies are plain moves. */
KAC_INLINE void copy_rows(unsigned char *data, size_t bytes,
                          const uint32_t *rows, size_t n_rows,
                          const uint32_t *ancestor) {
  for (size_t k = 0; k < n_rows; k++) {
    size_t to = rows[k], from = ancestor[to];
    memcpy(data + to * bytes, data + from * bytes, bytes);
  }
}

static void gather(unsigned char *data, size_t bytes, const uint32_t *rows,
                   size_t n_rows, const uint32_t *ancestor) {
  if (bytes == 4)
    copy_rows(data, 4, rows, n_rows, ancestor);
  else if (bytes == 8)
    copy_rows(data, 8, rows, n_rows, ancestor);
  else if (bytes == 16)
    copy_rows(data, 16, rows, n_rows, ancestor);
  else
    copy_rows(data, bytes, rows, n_rows, ancestor);
}

/* Which rows move is listed first, a piece at a time: a branch for each row of
 * each array would be guessed wrong for every third of them. */
void population_gather(struct population *population, size_t first,
                       size_t begin, size_t end, const uint32_t *ancestor) {
  enum { PIECE = 1024 };
  uint32_t rows[PIECE];
  for (size_t at = begin; at < end; at += PIECE) {
    size_t n = end - at < PIECE ? end - at : PIECE, n_rows = 0;
    for (size_t i = at; i < at + n; i++) {
      rows[n_rows] = (uint32_t)i;
      n_rows += ancestor[i] != i;
    }
    for (size_t k = 0; k < population->n_moved; k++) {
      size_t bytes = population->moved[k].bytes;
      gather(population->moved[k].data + first * bytes, bytes, rows, n_rows,
             ancestor);
    }
  }
}
