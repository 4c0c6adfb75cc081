/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Twists: one-dimensional states under phi(x) = x, so that the rows given are
 * the values of phi. */
#ifndef KAC_TESTS_TWIST_FIXTURE_H
#define KAC_TESTS_TWIST_FIXTURE_H
#include "sampler/twist.h"
#include "sampler_fixture.h"

enum { ROWS = 16, STEPS = 12, MOST_MODES = 5 };

static const char *const names[] = {"difference", "max", "sum", "current",
                                    "final"};
struct twists {
  const char *modes[MOST_MODES];
  size_t n_modes;
  const char *keys; /* of every potential */
};

static inline void open_rig(struct rig *rig, const struct twists *twists) {
  char text[4096], list[3000] = "";
  for (size_t j = 0; j < twists->n_modes; j++) {
    size_t at = strlen(list);
    snprintf(list + at, sizeof list - at,
             "%s{ plugin = \"linear\"; slope = 1.0; mode = \"%s\"; %s }",
             j > 0 ? "," : "", twists->modes[j], twists->keys);
  }
  snprintf(text, sizeof text,
           "state = { real = 1; }; schedule = { plugin = \"vp\"; };"
           "time = { steps = %d; };"
           "scores = ({ plugin = \"gaussian\"; });"
           "integrators = ({ plugin = \"euler_maruyama\"; });"
           "potentials = (%s);"
           "population = { particles = %d; };",
           STEPS, list, ROWS);
  rig_open(rig, text);
}

/* What a run would hold of twists. */
struct bench {
  struct rig rig;
  size_t n_twist;
  double twist[ROWS * (3 * MOST_MODES + 1)], logw[ROWS];
};

static inline void bench_open(struct bench *bench,
                              const struct twists *twists) {
  open_rig(&bench->rig, twists);
  const struct spec *spec = &bench->rig.pipeline.spec;
  bench->n_twist = twist_size(spec);
  twist_start(spec, ROWS, bench->twist);
  for (size_t i = 0; i < ROWS; i++) bench->logw[i] = 0;
}

/* The shift by the guides of rows without noise, in steps of variance 0.3. */
static inline bool bench_guide(struct bench *bench, const struct site *site,
                               const struct path_point *at, const double *x,
                               const double *x0hat, double *shift, bool *any) {
  double scratch[3 * ROWS], noise[ROWS] = {0};
  struct guided move = {x, x0hat, noise, 0.3, shift, scratch, bench->twist};
  return twist_guide(site, at, &move, any);
}

/* lambda at the grid time k is what is returned (of the first potential). */
static inline double bench_step(struct bench *bench, size_t k, const double *x,
                                const double *x0hat) {
  struct site site = rig_site(&bench->rig, 0, ROWS);
  const struct spec *spec = &bench->rig.pipeline.spec;
  struct path_point at;
  ck_assert(path_at(&site, spec->t[k], &at));
  ck_assert(twist_update(&site, k, &at, x, x0hat, bench->twist, bench->logw));
  return at.strength[0];
}

static double phi[STEPS + 1][ROWS];

static inline void make(uint64_t seed, double dead) {
  for (size_t k = 0; k <= STEPS; k++)
    for (size_t i = 0; i < ROWS; i++)
      phi[k][i] =
          rig_uniform(&seed) < dead ? -KAC_INF : rig_between(&seed, -2, 2);
}

#define RAMP "strength = { from = 0.5; to = 2.5; };"

#endif
