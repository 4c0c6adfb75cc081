/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See deaths.h. */
#include "sampler/deaths.h"

#include <kac/sdk.h>

#include "sampler/combine.h"

bool deaths_remembers(const struct instance *potential) {
  const struct combine *combine = combine_of(potential);
  if (potential->component->needs & KAC_Q_PREV) return true;
  if (potential->plan.pstate_bytes > 0) return true;
  for (size_t k = 0; combine && k < combine->n; k++)
    if (deaths_remembers(combine->child[k])) return true;
  return false;
}

void deaths_ask(const struct site *site, size_t j, size_t n, const double *rows,
                double *phi) {
  struct worker *worker = site->worker;
  const struct spec *spec = worker->spec;
  struct site question = *site;
  question.n = n;
  question.pstate = NULL;
  question.is_uncounted = true;
  if (call_phi(&question, spec->potentials[j].instance, KAC_TRIAL | KAC_FINAL,
               spec->t[spec->n_steps], rows, phi))
    return;
  worker->fault.code = 0; /* there was none before: the run is as it was */
  for (size_t i = 0; i < n; i++) phi[i] = -KAC_INF;
}
