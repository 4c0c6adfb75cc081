/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The next time is the last one at which the conditional ESS of the coming
 * weights is at least `adapt` times N in every replicate: by bisection, because
 * it falls along the way (Jasra, Stephens, Doucet and Tsagaris 2011, Scand. J.
 * Stat. 38, 1; Zhou, Johansen and Aston 2016).  All replicates share the grid:
 * the path is one.  At rest the weights of a step depend on the old point
 * alone, so that they are known before the move. */
#include "sampler/adapt.h"

#include <kac/sdk.h>
#include <stdlib.h>

#include "memory.h"
#include "sampler/cess.h"

/* Bisection ends when the conditional ESS lies within this part of the way from
 * the aim to N, on the side of N. */
static const double SLACK = 0.01;
enum { MAX_HALVINGS = 50 };

bool adapt_set_up(struct run *run) {
  const struct spec *spec = run->spec;
  size_t bytes = (spec->n_steps + 1) * sizeof(double);
  run->forced_cess = KAC_NAN;
  if (!(spec->adapt > 0)) return true;
  run->own_grid = memory_alloc(bytes);
  if (!run->own_grid) return false;
  memcpy(run->own_grid, spec->t, bytes);
  run->own_spec = *spec;
  run->own_spec.t = run->own_grid;
  run->spec = &run->own_spec;
  return true;
}

void adapt_tear_down(struct run *run) {
  free(run->own_grid);
}

static void weigh_chunk(void *context, size_t item, size_t thread) {
  struct run *run = context;
  size_t first, n;
  run_chunk(run, item, &first, &n);
  struct site site = {.worker = &run->workers[thread], .row0 = first, .n = n};
  double *increment = run->increment + first;
  for (size_t i = 0; i < n; i++) increment[i] = 0;
  move_weigh(run, &site, increment);
  run->cess_chunks[item] =
      cess_sums(run->population.logw + first, increment, n);
}

/* The least conditional ESS of a step to t over the replicates that live, as a
 * part of N; run->p1 is t then. */
static bool cess_at(struct run *run, double t, double *least) {
  struct site site = {.worker = &run->workers[0], .n = 1, .step = run->step};
  size_t n = run->population.n_particles, per = run->chunks_per_replicate;
  size_t n_replicates = run->population.n_replicates;
  *least = 1;
  if (!path_at(&site, t, &run->p1)) return false;
  pool_run(run->pool, weigh_chunk, run, per * n_replicates);
  for (size_t r = 0; r < n_replicates; r++) {
    double part = cess_value(run->cess_chunks + r * per, per, n) / (double)n;
    if (!run->replicates[r].is_extinct && part < *least) *least = part;
  }
  return true;
}

static bool bisect(struct run *run, double end, double *t) {
  double aim = run->spec->adapt, near = run->p0.c.t, far = end;
  double most = aim + SLACK * (1 - aim);
  for (int k = 0; k < MAX_HALVINGS; k++) {
    double middle = 0.5 * (near + far), part;
    if (!(middle < near && middle > far)) break;
    if (!cess_at(run, middle, &part)) return false;
    if (part >= aim)
      near = middle;
    else
      far = middle;
    if (part >= aim && part <= most) break;
  }
  *t = near < run->p0.c.t ? near : far; /* a step goes somewhere */
  return true;
}

bool adapt_step(struct run *run) {
  struct spec *spec = &run->own_spec;
  if (!(spec->adapt > 0)) return true;
  size_t next = run->step + 1;
  double end = spec->t[spec->n_steps], part;
  if (!run->has_field)
    pool_run(run->pool, move_field_block, run, run->n_blocks);
  run->has_field = true;
  for (size_t k = 0; k < run->n_threads; k++)
    if (run->workers[k].fault.code != 0) return false;
  if (!cess_at(run, end, &part)) return false;
  bool is_last = part >= spec->adapt || next == spec->n_steps;
  if (part < spec->adapt && is_last) run->forced_cess = part;
  if (!is_last) return bisect(run, end, &run->own_grid[next]);
  run->own_grid[next] = end;
  spec->n_steps = next;
  return true;
}
