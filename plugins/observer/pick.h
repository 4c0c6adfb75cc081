/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which particles of a frame an observer shows.  All replicates together, each
 * with its estimate of Z, as in estimate.h:
 *   resampled  draw k of n is the particle in which the cumulative weight
 *              passes (k + 1/2)/n: systematic draws in proportion to weight,
 *              with nothing random (docs/methods.md section 5)
 *   first      the first rows
 *   best       those of greatest weight, the first one in a tie
 * Rows of weight zero are never shown, for they may hold anything. */
#ifndef KAC_PLUGINS_OBSERVER_PICK_H
#define KAC_PLUGINS_OBSERVER_PICK_H
#include <stdlib.h>

#include "estimate.h"

enum { PICK_RESAMPLED, PICK_FIRST, PICK_BEST };
#define PICK_CHOICES "resampled|first|best"

struct pick_candidate {
  double weight;
  size_t row;
};
struct pick {
  int64_t how;
  size_t count; /* rows wanted, at most as many as there are */
  size_t n;     /* rows found: 0 when the population has died out */
  struct pick_candidate
      *row; /* of every particle; the first n are the choice */
  struct estimate estimate;
};

/* Of a config's key `count`, where 0 means all. */
KAC_INLINE size_t pick_count(int64_t count, const kac_plan *plan) {
  size_t rows = plan->n_particles * plan->n_replicates;
  return count <= 0 || (uint64_t)count > rows ? rows : (size_t)count;
}

/* In plan: what pick_create takes. */
KAC_INLINE void pick_owns(kac_plan *plan) {
  kac_owns(plan, plan->n_particles * plan->n_replicates,
           sizeof(struct pick_candidate));
  estimate_owns(plan, plan->space->n_real);
}

__attribute__((unused)) static kac_status pick_create(
    struct pick *pick, const kac_host *host, const kac_plan *plan,
    const int64_t how_count[2], kac_error *err) {
  size_t rows = plan->n_particles * plan->n_replicates;
  pick->how = how_count[0];
  pick->count = pick_count(how_count[1], plan);
  pick->row = host->alloc(host, rows * sizeof *pick->row);
  if (!pick->row)
    return kac_fail(err, KAC_ENOMEM, "no memory for %zu rows", rows);
  return estimate_create(&pick->estimate, host, plan, err);
}

static int pick_compare(const void *a, const void *b) {
  const struct pick_candidate *left = a, *right = b;
  if (left->weight != right->weight)
    return left->weight > right->weight ? -1 : 1;
  return left->row < right->row ? -1 : 1;
}

/* The rows that live, in their order. */
static void pick_living(struct pick *pick, size_t n_rows) {
  const double *weight = pick->estimate.weight;
  pick->n = 0;
  for (size_t i = 0; i < n_rows; i++)
    if (weight[i] > 0)
      pick->row[pick->n++] = (struct pick_candidate){weight[i], i};
}

static void pick_draw(struct pick *pick, size_t n_rows) {
  const double *weight = pick->estimate.weight;
  double total = 0, passed = 0;
  for (size_t i = 0; i < n_rows; i++) total += weight[i];
  pick->n = 0;
  for (size_t i = 0; i < n_rows && total > 0; i++) {
    passed += weight[i];
    while (pick->n < pick->count &&
           ((double)pick->n + 0.5) * total < passed * (double)pick->count)
      pick->row[pick->n++] = (struct pick_candidate){weight[i], i};
  }
}

__attribute__((unused)) static kac_status pick_rows(struct pick *pick,
                                                    const kac_frame *frame,
                                                    kac_error *err) {
  size_t n_rows = frame->n_particles * frame->n_replicates;
  kac_status status = estimate_weights(&pick->estimate, frame, err);
  if (status != KAC_OK) return status;
  if (pick->how == PICK_RESAMPLED) {
    pick_draw(pick, n_rows);
    return KAC_OK;
  }
  pick_living(pick, n_rows);
  if (pick->how == PICK_BEST)
    qsort(pick->row, pick->n, sizeof *pick->row, pick_compare);
  if (pick->n > pick->count) pick->n = pick->count;
  return KAC_OK;
}

/* Why nothing is shown. */
__attribute__((unused)) static void pick_explain(const kac_host *host,
                                                 const char *what) {
  char text[120];
  snprintf(text, sizeof text, "no %s: the population died out", what);
  if (host->log) host->log(host, 1, text);
}

/* A name for a file that open_output takes, ending in `ending`. */
__attribute__((unused)) static kac_status pick_check_name(const char *name,
                                                          const char *ending,
                                                          kac_error *err) {
  enum { MAX_NAME = 100 };
  size_t n = strlen(name), n_ending = strlen(ending);
  if (n > n_ending && n <= MAX_NAME && name[0] != '.' && !strchr(name, '/') &&
      strcmp(name + n - n_ending, ending) == 0)
    return KAC_OK;
  return kac_fail(err, KAC_EINVAL,
                  "file is '%.110s', expected a name of at most %d letters "
                  "without '/' that ends in '%s'",
                  name, MAX_NAME, ending);
}

#endif
