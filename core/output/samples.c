/* SPDX-License-Identifier: GPL-3.0-or-later */
/* samples.npz: the weighted samples of a run. */
#include "output/samples.h"

#include <math.h>
#include <stdlib.h>

#include "output/best.h"
#include "output/npz.h"

static const char FILE_NAME[] = "samples.npz";

static bool add_replicate(struct npz *npz, const struct run_result *result,
                          struct fault *fault) {
  size_t n = result->n_particles, rows = n * result->n_replicates;
  int32_t *number = malloc((rows ? rows : 1) * sizeof *number);
  if (!number) {
    fault_set(fault, EXIT_RESOURCE, "no memory for the columns of '%s'",
              FILE_NAME);
    return false;
  }
  for (size_t i = 0; i < rows; i++) number[i] = (int32_t)(i / n);
  struct npz_array array = {"replicate", NPZ_INT32, number, 1, {rows, 0, 0}};
  bool is_good = npz_add(npz, &array, fault);
  free(number);
  return is_good;
}

static bool add_rows(struct npz *npz, const struct spec *spec,
                     const struct run_result *result, struct fault *fault) {
  size_t rows = result->n_particles * result->n_replicates;
  struct npz_array x = {
      "x", NPZ_DOUBLE, result->x, 2, {rows, result->n_real, 0}};
  if (spec->space.n_bodies > 1)
    x = (struct npz_array){"x",
                           NPZ_DOUBLE,
                           result->x,
                           3,
                           {rows, spec->space.n_bodies, spec->space.n_dim}};
  struct npz_array logw = {"logw", NPZ_DOUBLE, result->logw, 1, {rows, 0, 0}};
  struct npz_array lineage = {
      "lineage", NPZ_UINT32, result->lineage, 1, {rows, 0, 0}};
  struct npz_array phi = {
      "phi", NPZ_DOUBLE, result->phi, 2, {rows, result->n_potentials, 0}};
  struct npz_array logp = {
      "logp", NPZ_DOUBLE, result->logp, 2, {rows, result->n_scores, 0}};
  bool has_phi = result->phi && result->n_potentials > 0;
  return npz_add(npz, &x, fault) && npz_add(npz, &logw, fault) &&
         add_replicate(npz, result, fault) && npz_add(npz, &lineage, fault) &&
         (!has_phi || npz_add(npz, &phi, fault)) &&
         (!result->logp || npz_add(npz, &logp, fault));
}

static bool add_each(struct npz *npz, const char *name, const double *value,
                     size_t n, struct fault *fault) {
  struct npz_array array = {name, NPZ_DOUBLE, value, 1, {n, 0, 0}};
  return npz_add(npz, &array, fault);
}

/* Not a number for a greedy run, whose own only say that all count alike. */
static bool add_log_z(struct npz *npz, const struct spec *spec,
                      const struct run_result *result, struct fault *fault) {
  size_t n = result->n_replicates;
  if (spec->correctness != GREEDY)
    return add_each(npz, "log_z", result->log_z_each, n, fault);
  double *none = malloc((n ? n : 1) * sizeof *none);
  if (!none) {
    fault_set(fault, EXIT_RESOURCE, "no memory for the columns of '%s'",
              FILE_NAME);
    return false;
  }
  for (size_t r = 0; r < n; r++) none[r] = (double)NAN;
  bool is_good = add_each(npz, "log_z", none, n, fault);
  free(none);
  return is_good;
}

static bool write_all(int fd, const struct spec *spec,
                      const struct run_result *result, struct fault *fault) {
  size_t n = result->n_replicates;
  bool has_start = result->log_z_start_each && !isnan(result->log_z_start);
  struct npz npz;
  npz_start(&npz, fd, FILE_NAME);
  return add_rows(&npz, spec, result, fault) &&
         add_log_z(&npz, spec, result, fault) &&
         (!has_start ||
          add_each(&npz, "log_z_start", result->log_z_start_each, n, fault)) &&
         add_each(&npz, "ess", result->ess_each, n, fault) &&
         npz_finish(&npz, fault);
}

bool samples_write(int fd, const struct spec *spec,
                   const struct run_result *result, struct fault *fault) {
  struct run_result best;
  if (!spec->best_of_n) return write_all(fd, spec, result, fault);
  bool is_good = best_take(spec, result, &best);
  if (!is_good)
    fault_set(fault, EXIT_RESOURCE, "no memory for the rows of '%s'",
              FILE_NAME);
  is_good = is_good && write_all(fd, spec, &best, fault);
  best_free(&best);
  return is_good;
}
