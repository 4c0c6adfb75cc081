/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The loop, and only the loop: from start law to weighted samples. */
#ifndef KAC_CORE_ENGINE_H
#define KAC_CORE_ENGINE_H
#include <signal.h>

#include "sampler/call.h"

/* Called on the main thread after the start (step 0) and after every step,
 * before resampling has moved the rows.  False stops the run with *fault. */
struct engine_hooks {
  void *context;
  bool (*on_frame)(void *context, const kac_frame *frame, struct fault *fault);
  /* Set from a signal handler: the run stops at the next step. NULL: none. */
  volatile sig_atomic_t *stop;
  /* On the main thread, now and then while the start burns in. NULL: none. */
  void (*on_burn_in)(void *context, size_t done, size_t n_rounds);
};

/* Largest eps du |lambda| curvature that was seen of a "rate" potential, and
 * where; 0: none. */
struct stiffness {
  double worst;
  size_t potential, step; /* step: from 0 */
};

/* The rms of all coordinates of a population, and the largest of them. */
struct extent {
  double rms, largest;
  size_t row, coordinate;
};
struct run_result {
  size_t n_particles, n_replicates, n_real, n_steps;
  /* Rows, replicates end to end; owned by the result. */
  double *x;    /* ld = n_real */
  double *logw; /* normalised per replicate: sum exp = 1 (-inf if extinct) */
  uint32_t *lineage; /* index in the replicate of its ancestor at t_max */
  double *phi; /* n_potentials per row: every potential at the final state */
  size_t n_potentials;
  double *logp; /* n_scores per row, NaN where not offered; NULL: not kept */
  /* Per replicate. */
  double *log_z_each, *log_z_start_each, *ess_each, *unique_each;
  double *resamplings_each;
  double *lineage_variance_each; /* relative, of Z-hat: lineage_variance */
  /* Over replicates: log of the mean of Z-hat, delta-method standard error,
   * extinct ones counted as 0; medians for the rest. */
  double log_z, log_z_stderr; /* stderr NaN if there is one replicate */
  /* Median of the square roots; those below zero count as 0, those that say
   * nothing as large; NaN if it falls on one of these. */
  double lineage_stderr;
  double log_z_start; /* NaN: the start's density is not known */
  double ess, unique_ancestors, resamplings;
  double lowest_ess; /* of any population, after lowest_ess_step steps */
  size_t lowest_ess_step;
  double accept;         /* mean acceptance of the moves, NaN if none */
  uint64_t *evaluations; /* per spec->scores: calls per particle */
  uint64_t *vjps;        /* ... of them with a VJP, which a guide asks for */
  size_t n_scores;
  uint64_t *calls;           /* rows, per spec->instances: scores, potentials */
  double *weight_share;      /* n_potentials: see shares.h */
  double path_share;         /* ... of all the rest */
  struct activity *activity; /* n_potentials: see call.h */
  double *diversity_each;    /* share of pairs with different ancestors */
  double diversity;          /* ... median */
  uint64_t n_revived; /* dead on the way though phi of the end is finite */
  size_t n_extinct;
  uint64_t n_died; /* particles that got weight zero before the last step */
  struct stiffness stiff;
  struct extent extent; /* of the end, of what has weight */
  double start_rms;     /* the same at the start */
  double seconds, seconds_resample;
  size_t steps_done;
  /* Adaptive tempering: the n_steps + 1 times that were chosen, or NULL; the
   * conditional ESS of the last step, part of N, where it was forced. */
  double *times, forced_cess;
};

/* 0 or the exit code, with the text in *fault.  *result is filled even when
 * the run was stopped or became extinct; free it in any case. */
enum exit_code engine_run(const struct spec *spec,
                          const struct engine_hooks *hooks,
                          struct run_result *result, struct fault *fault);
void run_result_free(struct run_result *result);
/* Bytes that are allocated at the peak of engine_run, by it and by plugins as
 * their plans say; SIZE_MAX: overflow. */
size_t engine_memory(const struct spec *spec);

#endif
