/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The only way from the sampler into a plugin: lends a block, takes the lock
 * of a SERIAL instance, counts, looks for NaN and turns failures into a fault
 * that names instance, file, config line, step and particle. */
#ifndef KAC_CORE_CALL_H
#define KAC_CORE_CALL_H
#include "sampler/rng.h"
#include "sampler/spec.h"

struct path;

/* What a potential did in a run, in rows: how often it was asked for the sake
 * of a weight or a move, how often it changed one, and how often it made the
 * weight of a particle zero.  Of these before the last look: how often where
 * its value at the end would have been finite (deaths.h), and how many ends, of
 * those that were not resampled away, it would have given a weight after all;
 * or, of mode "rate", how many paths it has lost (blame.h). */
struct activity {
  uint64_t n_looked, n_acted, n_refused, n_revivable, n_revived, n_lost;
};

/* One thread's memory and the failure that it met. */
struct worker {
  const struct path *path;
  const struct spec *spec;
  const kac_calls *calls;
  unsigned char **scratch;     /* per instance number */
  const size_t *pstate_offset; /* per instance number, inside a row's bytes */
  double *field_scratch;       /* of path_field */
  double *move_scratch;        /* of move.c and start.c */
  double *child_scratch;       /* of children.c */
  double *twist_scratch;       /* of twist.c and sampled.c */
  uint64_t n_died;             /* particles that got weight zero on the way */
  uint64_t n_revived;          /* dead ones that the last look found alive */
  struct activity activity[PATH_MAX_TERMS]; /* by index in spec->potentials */
  struct fault fault;                       /* code 0: none */
  size_t fault_row; /* first row of the block in which it happened */
};

/* Where in a run a call happens: rows [row0, row0 + n) at a step.  sub tells
 * apart repeated uses of one instance within a step. */
struct site {
  struct worker *worker;
  size_t row0, n;
  uint64_t step;
  uint32_t sub;
  bool is_start;     /* before the first step: drawing, weighing, burning in */
  bool is_probe;     /* outside of a run: no step, no particle to name */
  bool is_uncounted; /* the host asks for itself: no evaluation of the run's */
  unsigned char *pstate; /* all plugins' bytes of row0; NULL: a trial */
  size_t pstate_stride;
};

/* What a plugin holds while it is called; base comes first. */
struct loan {
  kac_block base;
  const struct site *site;
  const struct instance *instance;
};

void call_loan(struct loan *loan, const struct site *site,
               const struct instance *instance);

/* All false after a failure, with site->worker->fault set. [worker] */
bool call_score(const struct site *site, struct instance *score,
                kac_score_io *io);
/* n scores of one group (struct path) at the same points. */
bool call_score_group(const struct site *site, struct instance *const *scores,
                      size_t n, kac_score_io *const *ios);
bool call_sample(const struct site *site, struct instance *score,
                 kac_sample_io *io);
bool call_potential(const struct site *site, struct instance *potential,
                    kac_potential_io *io);
/* A strength below 0 would make +inf of -inf: phi must be finite there. */
bool call_strength(const struct site *site, const struct instance *potential,
                   double strength, const double *phi);
/* phi at dense rows x [n][n_real], nothing else. */
bool call_phi(const struct site *site, struct instance *potential,
              uint32_t flags, double t, const double *x, double *phi);
/* The mean is not looked at: call_mean does, or who uses it. */
bool call_kernel(const struct site *site, struct instance *integrator,
                 kac_kernel_io *io);
bool call_mean(const struct site *site, const struct instance *integrator,
               const kac_kernel_io *io);
bool call_step(const struct site *site, struct instance *integrator,
               kac_step_io *io);
bool call_coeffs(const struct site *site, double t, kac_coeffs *coeffs);

/* False, with a fault saying that the score of a model is not defined at t. */
bool call_undefined(const struct site *site, const struct instance *score,
                    double t);

/* Normals of the host's own use for the rows of a site, projected if the
 * space is mean free and n_col = n_real. */
void call_normal(const struct site *site, uint32_t use, uint32_t draw,
                 double *out, size_t ld, size_t n_col);
/* One uniform in (0,1) for each row of a site. */
void call_uniform(const struct site *site, uint32_t use, uint32_t draw,
                  double *out);
/* Removes the centre of mass of every row. */
void call_project(const kac_space *space, size_t n, double *rows, size_t ld);

/* False with a fault naming the row if one of n rows of n_col numbers is not
 * finite (`may_be_low`: -inf is allowed). */
bool call_finite(const struct site *site, const struct instance *blamed,
                 const char *what, const double *values, size_t ld,
                 size_t n_col, bool may_be_low);

extern const kac_calls call_services; /* what blocks lend */

/* `use` numbers of the host itself; instances count from USE_INSTANCES. */
enum {
  USE_START = 1,
  USE_NOISE,
  USE_RESAMPLE,
  USE_CHILD,
  USE_REWARD,
  USE_MODEL,
  USE_INSTANCES = 16
};

#endif
