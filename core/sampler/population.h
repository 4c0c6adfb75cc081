/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Everything that belongs to a particle, one array each, replicates end to
 * end; and the one gather that moves all of them when particles are resampled.
 */
#ifndef KAC_CORE_POPULATION_H
#define KAC_CORE_POPULATION_H
#include "sampler/path.h"

/* What is kept of the field at the current point (all NULL: nothing is). */
struct field_cache {
  double *b, *s, *x0; /* rows by n_real; x0 only where it is needed */
  double *g, *logpi;  /* rows */
  double *terms;      /* rows by n_slots */
};
enum { POPULATION_MAX_MOVED = 16 };
struct population {
  size_t n_rows, n_particles, n_replicates, n_real;
  double *x, *logw;
  uint32_t *lineage;     /* index in its replicate of the ancestor at t_max */
  unsigned char *pstate; /* plugins' bytes */
  size_t pstate_stride;
  struct field_cache cache;
  double *twist; /* rows by n_twist: psi and memory, twist.h */
  size_t n_twist;
  double *w;          /* exp(logw - max) of the last reduction; not moved */
  uint32_t *ancestor; /* of the resampling in hand; not moved */
  struct {
    unsigned char *data;
    size_t bytes; /* per row */
  } moved[POPULATION_MAX_MOVED];
  size_t n_moved;
};
struct population_needs {
  size_t pstate_bytes, n_slots, n_twist;
  bool cache, x0;
};

bool population_new(struct population *population, const struct spec *spec,
                    const struct population_needs *needs);
void population_free(struct population *population);
/* Hands an array over to the caller, who frees it. */
void *population_release(struct population *population, void *data);
/* Bytes that population_new allocates, SIZE_MAX on overflow. */
size_t population_bytes(const struct spec *spec,
                        const struct population_needs *needs);
/* Rows begin ... end - 1 of the population that begins at row `first`: row i
 * becomes a copy of row ancestor[i], for all arrays.  In place: a row that is a
 * source must be its own ancestor; parts may then be done at once. [any] */
void population_gather(struct population *population, size_t first,
                       size_t begin, size_t end, const uint32_t *ancestor);

#endif
