/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See parts.h. */
#include "sampler/parts.h"

#include <kac/sdk.h>

#include "sampler/twist.h"

void parts_add(const struct spec *spec, size_t j, double scale,
               const double *values, size_t ld, size_t n, double *twist) {
  if (scale == 0 || !path_has_part(spec, j)) return;
  size_t stride = twist_size(spec);
  double *sum = twist + twist_sum(spec, j);
  for (size_t i = 0; i < n; i++) sum[i * stride] += scale * values[i * ld];
}

void parts_start(const struct run *run, const double *terms, size_t n,
                 double *twist) {
  const struct path *path = &run->path;
  for (size_t j = 0; j < run->spec->n_potentials; j++)
    if (path->slot_of_part[j] >= 0)
      parts_add(run->spec, j, run->p0.strength[j],
                terms + path->slot_of_potential[j], path->n_slots, n, twist);
}

void parts_step(const struct run *run, const double *terms, size_t n,
                double *twist) {
  const struct path *path = &run->path;
  double du = run->p0.c.t - run->p1.c.t;
  for (size_t j = 0; j < run->spec->n_potentials; j++) {
    int part = path->slot_of_part[j], phi = path->slot_of_potential[j];
    if (part >= 0)
      parts_add(run->spec, j, du, terms + part, path->n_slots, n, twist);
    if (phi >= 0)
      parts_add(run->spec, j, path_change(run->spec, j, &run->p0, &run->p1),
                terms + phi, path->n_slots, n, twist);
  }
}
