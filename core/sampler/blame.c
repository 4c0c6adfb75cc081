/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See blame.h.  Potentials that steer are charged where their twist makes a
 * weight zero (twist.c); those of the path act through sums in which nobody
 * can be told apart, so that they are asked once more when a row has died. */
#include "sampler/blame.h"

#include <kac/sdk.h>

static bool has_died(const double *before, const double *logw, size_t i) {
  return logw[i] == -KAC_INF && (!before || before[i] > -KAC_INF);
}

static bool any_died(const struct site *site, const double *before,
                     const double *logw) {
  for (size_t i = 0; i < site->n; i++)
    if (has_died(before, logw, i)) return true;
  return false;
}

void blame_path(const struct site *site, enum potential_mode mode,
                const struct path_point *at, const double *x,
                const double *before, const double *logw) {
  const struct spec *spec = site->worker->spec;
  struct site trial = *site;
  double *phi = site->worker->field_scratch;
  trial.pstate = NULL;
  trial.is_uncounted = true;
  for (size_t j = 0; j < spec->n_potentials; j++) {
    if (spec->potentials[j].mode != mode || !any_died(site, before, logw))
      continue;
    if (!call_phi(&trial, spec->potentials[j].instance, KAC_TRIAL, at->c.t, x,
                  phi))
      return;
    uint64_t n = 0;
    for (size_t i = 0; i < site->n; i++)
      n += has_died(before, logw, i) && phi[i] == -KAC_INF;
    site->worker->activity[j].n_refused += n;
    if (mode == MODE_RATE && at->progress < 1 && run_advances(spec))
      site->worker->activity[j].n_lost += n;
  }
}

static uint64_t refused(const struct run *run, size_t j) {
  uint64_t n = 0;
  for (size_t k = 0; k < run->n_threads; k++)
    n += run->workers[k].activity[j].n_refused;
  return n;
}

struct place blame_place(const struct run *run) {
  struct place at = {NULL, 0};
  uint64_t most = 0;
  for (size_t j = 0; j < run->spec->n_potentials; j++) {
    uint64_t n = refused(run, j);
    if (n > most) at = run->spec->potentials[j].instance->at;
    if (n > most) most = n;
  }
  return at;
}

void blame_text(const struct run *run, char *text, size_t bytes) {
  const struct spec *spec = run->spec;
  size_t used = 0;
  text[0] = 0;
  for (size_t j = 0; j < spec->n_potentials && used < bytes; j++) {
    uint64_t n = refused(run, j);
    if (n == 0) continue;
    used += (size_t)snprintf(
        text + used, bytes - used, "%s'%s' (%llu particles)",
        used ? ", " : "; refused by potential ",
        spec->potentials[j].instance->id, (unsigned long long)n);
  }
}
