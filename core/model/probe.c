/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Points go to the model block by block, as many rows as its plan was told. */
#include "model/probe.h"

#include <stdlib.h>

#include "memory.h"
#include "sampler/convert.h"

bool probe_open(struct probe *probe, const struct spec *spec,
                struct instance *score) {
  size_t bytes = score->plan.scratch_bytes;
  struct worker *worker = &probe->worker;
  *probe = (struct probe){.score = score};
  path_init(&probe->path, spec);
  worker->path = &probe->path;
  worker->spec = spec;
  worker->calls = &call_services;
  worker->scratch =
      memory_alloc((spec->n_instances + 1) * sizeof *worker->scratch);
  probe->dense =
      memory_alloc(spec->block * spec->space.n_real * sizeof *probe->dense);
  if (!worker->scratch || !probe->dense) return false;
  if (bytes > 0) worker->scratch[score->number] = memory_alloc(bytes);
  return bytes == 0 || worker->scratch[score->number];
}

void probe_close(struct probe *probe) {
  if (probe->worker.scratch) free(probe->worker.scratch[probe->score->number]);
  free(probe->worker.scratch);
  free(probe->dense);
  *probe = (struct probe){0};
}

const struct fault *probe_fault(const struct probe *probe) {
  return &probe->worker.fault;
}

/* No particle, and so no bytes of its own: a trial. */
static struct site site_of(struct probe *probe, size_t n) {
  return (struct site){.worker = &probe->worker, .n = n, .is_probe = true};
}

static size_t next_block(const struct probe *probe, size_t left) {
  size_t block = probe->worker.spec->block;
  return left < block ? left : block;
}

static kac_score_io ask(const kac_coeffs *c, const double *x, size_t d,
                        uint64_t want) {
  return (kac_score_io){.struct_size = sizeof(kac_score_io),
                        .want = want,
                        .t = c->t,
                        .x = {x, d, NULL, 0},
                        .ld = d};
}

bool probe_form(struct probe *probe, uint64_t form, const kac_coeffs *c,
                const double *x, size_t n, double *score) {
  const kac_space *space = &probe->worker.spec->space;
  size_t d = space->n_real, k;
  for (size_t i = 0; i < n; i += k) {
    double *out = score + i * d;
    k = next_block(probe, n - i);
    struct site site = site_of(probe, k);
    kac_score_io io = ask(c, x + i * d, d, form);
    io.score = form == KAC_Q_SCORE ? out : NULL;
    io.x0 = form == KAC_Q_X0 ? out : NULL;
    io.eps = form == KAC_Q_EPS ? out : NULL;
    io.velocity = form == KAC_Q_VELOCITY ? out : NULL;
    if (!call_score(&site, probe->score, &io)) return false;
    if (!convert_to_score(form, c, x + i * d, d, k, d, out))
      return call_undefined(&site, probe->score, c->t);
    if (space->flags & KAC_MEAN_FREE) call_project(space, k, out, d);
  }
  return true;
}

bool probe_score(struct probe *probe, const kac_coeffs *c, const double *x,
                 size_t n, double *score) {
  uint64_t form = convert_choice(instance_provides(probe->score));
  return probe_form(probe, form, c, x, n, score);
}

bool probe_logp(struct probe *probe, const kac_coeffs *c, const double *x,
                size_t n, double *logp) {
  size_t d = probe->worker.spec->space.n_real, k;
  for (size_t i = 0; i < n; i += k) {
    k = next_block(probe, n - i);
    struct site site = site_of(probe, k);
    kac_score_io io = ask(c, x + i * d, d, KAC_Q_LOGP);
    io.logp = logp + i;
    if (!call_score(&site, probe->score, &io)) return false;
  }
  return true;
}

bool probe_vjp(struct probe *probe, const kac_coeffs *c, const double *x,
               const double *v, size_t n, double *vjp) {
  size_t d = probe->worker.spec->space.n_real, k;
  for (size_t i = 0; i < n; i += k) {
    k = next_block(probe, n - i);
    struct site site = site_of(probe, k);
    kac_score_io io = ask(c, x + i * d, d, KAC_Q_VJP);
    io.v = v + i * d;
    io.vjp = vjp + i * d;
    if (!call_score(&site, probe->score, &io)) return false;
  }
  return true;
}
