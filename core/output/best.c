/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The reward is the sum of strength times phi over the potentials that have a
 * target (not mode "guide", nor "integral", which lives on the path), with the
 * strengths of the end.  A particle of weight zero is no candidate. */
#include "output/best.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double reward(const struct spec *spec, const struct run_result *result,
                     size_t row) {
  double sum = 0;
  if (isinf(result->logw[row])) return -HUGE_VAL;
  for (size_t j = 0; j < spec->n_potentials; j++) {
    const struct spec_potential *potential = &spec->potentials[j];
    double lambda = ramp_at(&potential->strength, 1);
    if (lambda == 0 || potential->mode == MODE_GUIDE ||
        potential->mode == MODE_INTEGRAL)
      continue;
    sum += lambda * result->phi[row * result->n_potentials + j];
  }
  return sum;
}

/* The first of them in a tie; the first of all where none is alive. */
static size_t best_row(const struct spec *spec, const struct run_result *result,
                       size_t replicate) {
  size_t n = result->n_particles, first = replicate * n, best = first;
  double most = reward(spec, result, first);
  for (size_t i = first + 1; i < first + n; i++) {
    double here = reward(spec, result, i);
    if (!(here > most)) continue;
    most = here;
    best = i;
  }
  return best;
}

static bool take(const void *from, size_t n, size_t bytes, void **to) {
  *to = NULL;
  if (!from || bytes == 0) return true;
  *to = calloc(n > 0 ? n : 1, bytes);
  return *to != NULL;
}

static void copy_row(void *to, const void *from, size_t r, size_t row,
                     size_t bytes) {
  if (to)
    memcpy((char *)to + r * bytes, (const char *)from + row * bytes, bytes);
}

bool best_take(const struct spec *spec, const struct run_result *result,
               struct run_result *best) {
  size_t n = result->n_replicates, x = result->n_real * sizeof(double);
  size_t phi = result->n_potentials * sizeof(double);
  size_t logp = result->n_scores * sizeof(double);
  void *array[5];
  bool is_good = take(result->x, n, x, &array[0]);
  is_good = take(result->logw, n, sizeof(double), &array[1]) && is_good;
  is_good = take(result->lineage, n, sizeof(uint32_t), &array[2]) && is_good;
  is_good = take(result->phi, n, phi, &array[3]) && is_good;
  is_good = take(result->logp, n, logp, &array[4]) && is_good;
  *best = *result;
  best->n_particles = 1;
  best->x = array[0];
  best->logw = array[1];
  best->lineage = array[2];
  best->phi = array[3];
  best->logp = array[4];
  for (size_t r = 0; is_good && r < n; r++) {
    size_t row = best_row(spec, result, r);
    copy_row(best->x, result->x, r, row, x);
    copy_row(best->lineage, result->lineage, r, row, sizeof(uint32_t));
    copy_row(best->phi, result->phi, r, row, phi);
    copy_row(best->logp, result->logp, r, row, logp);
    best->logw[r] = isinf(result->logw[row]) ? -HUGE_VAL : 0;
  }
  return is_good;
}

void best_free(struct run_result *best) {
  free(best->x);
  free(best->logw);
  free(best->lineage);
  free(best->phi);
  free(best->logp);
}
