/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The state of a run in hand, shared by the stages of a step: start.c, move.c,
 * resample.c, and engine.c that calls them. */
#ifndef KAC_CORE_RUN_H
#define KAC_CORE_RUN_H
#include "sampler/engine.h"
#include "sampler/parallel.h"
#include "sampler/population.h"
#include "sampler/weights.h"

struct replicate {
  struct running_sum level; /* log of the weight taken out at resamplings */
  struct weights_total total;
  double log_z, log_z_start, ess, cess, unique;
  size_t n_resamplings;
  double log_pairs; /* see lineage.h */
  bool is_extinct, was_resampled;
};
struct run {
  const struct spec *spec;
  struct path path;
  struct population population;
  struct replicate *replicates;
  struct pool *pool;
  struct worker *workers;
  size_t n_threads, n_blocks, n_resamplers;
  size_t *pstate_offset;
  size_t n_moves;                /* INVARIANT integrators in the config */
  bool keeps_field, knows_start; /* cache in use; density of the start known */
  /* The step in hand, from spec->t[step] to spec->t[step + 1]. */
  size_t step;
  size_t round, round_end; /* of the burn-in: what a pass over blocks does */
  struct path_point p0, p1;
  const struct spec_integrator *advance; /* NULL: reweighting at rest */
  bool has_field;                        /* the cache holds (t[step], x) */
  double *accept_sum, *accept_n;         /* per block: reduced in order */
  /* Work space of the reductions and of resampling. */
  struct weights_sum *chunks;
  double *chunk_max;
  size_t chunks_per_replicate;
  unsigned char **resample_scratch; /* n_resamplers: see resample.c */
  /* Conditional ESS, where it is asked for: log-weights at the last look, log
   * increments, partial sums (as chunks). */
  double *last_logw, *increment;
  struct cess_sums *cess_chunks;
  double *values; /* n_replicates, for medians */
  /* Acceptance of the moves: mean over the last step; over the run. */
  double accept;
  double accept_all, accept_total, accept_count;
  double *final_phi, *final_logp; /* of the result, while it is filled */
  double seconds_resample;
  double lowest_ess; /* of any population so far, and after which step */
  size_t lowest_ess_step;
  struct stiffness stiff;
  double start_rms; /* of all coordinates at the start */
  /* Adaptive tempering: spec is own_spec, whose grid own_grid grows. */
  struct spec own_spec;
  double *own_grid;
  double forced_cess; /* of the last step, part of N; NaN: it was not forced */
};

/* All memory of a run; false when there is none (or a thread cannot start):
 * tear it down in any case. */
bool run_set_up(struct run *run, const struct spec *spec);
void run_tear_down(struct run *run);
/* Does any integrator of the config advance? */
bool run_advances(const struct spec *spec);
/* Of a clock that never goes back. */
double run_seconds(void);
/* The rows of a chunk of a replicate: chunks_per_replicate of them each. */
void run_chunk(const struct run *run, size_t item, size_t *first, size_t *n);
/* A block of a stage as seen by one thread. */
struct site run_site(const struct run *run, size_t block, size_t thread);
/* eps of an integrator entry at a point of the path. */
kac_coeffs run_coeffs(const struct path_point *point,
                      const struct spec_integrator *entry);
/* Half open, [from, to), so that windows may meet; the end of the run belongs
 * to the one with to = 1, and from = to is that point alone. */
bool run_is_active(const struct spec_integrator *entry, double progress);
/* The integrator that advances from there; NULL: none. */
const struct spec_integrator *run_advancing(const struct spec *spec,
                                            double progress);
static inline const kac_integrator_ops *run_ops(
    const struct spec_integrator *entry) {
  return (const kac_integrator_ops *)entry->instance->component->ops;
}

/* start.c: block tasks. */
void start_block(void *run, size_t block, size_t thread);
void start_burn_in_block(void *run, size_t block, size_t thread);
/* move.c: block task of a step; doubles of scratch per thread; the INVARIANT
 * moves at a point, with the field of the site's rows kept up to date. */
void move_block(void *run, size_t block, size_t thread);
/* The field of a block at run->p0, for runs that keep it; log-weights of a
 * step to run->p1 as far as they depend on that point alone. */
void move_field_block(void *run, size_t block, size_t thread);
void move_weigh(const struct run *run, const struct site *site, double *logw);
size_t move_scratch(const struct spec *spec, size_t n_slots, size_t n);
/* The field at (t, x) with what the run wants of it and LOGPI: kept, if the
 * run keeps fields, else in the work space; *f says where. */
bool move_first_field(const struct run *run, const struct site *site, double t,
                      const double *x, kac_field_io *f);
bool move_invariant(struct run *run, const struct site *site,
                    const struct path_point *at, bool has_field);

#endif
