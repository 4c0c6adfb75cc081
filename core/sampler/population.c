/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arrays of the population.  An array that is not registered in `moved` would
 * stay behind at resampling: there is one place to add one. */
#include "sampler/population.h"

#include <stdlib.h>
#include <string.h>

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

static void gather(unsigned char *data, size_t bytes, size_t begin, size_t end,
                   const uint32_t *ancestor) {
  for (size_t i = begin; i < end; i++)
    if (ancestor[i] != i)
      memcpy(data + i * bytes, data + ancestor[i] * bytes, bytes);
}

/* The sizes that matter most, so that the copies are plain moves. */
static void gather_8(unsigned char *data, size_t begin, size_t end,
                     const uint32_t *ancestor) {
  for (size_t i = begin; i < end; i++)
    if (ancestor[i] != i)
      memcpy(data + i * 8, data + (size_t)ancestor[i] * 8, 8);
}

static void gather_16(unsigned char *data, size_t begin, size_t end,
                      const uint32_t *ancestor) {
  for (size_t i = begin; i < end; i++)
    if (ancestor[i] != i)
      memcpy(data + i * 16, data + (size_t)ancestor[i] * 16, 16);
}

void population_gather(struct population *population, size_t first,
                       size_t begin, size_t end, const uint32_t *ancestor) {
  for (size_t k = 0; k < population->n_moved; k++) {
    size_t bytes = population->moved[k].bytes;
    unsigned char *data = population->moved[k].data + first * bytes;
    if (bytes == 8)
      gather_8(data, begin, end, ancestor);
    else if (bytes == 16)
      gather_16(data, begin, end, ancestor);
    else
      gather(data, bytes, begin, end, ancestor);
  }
}
