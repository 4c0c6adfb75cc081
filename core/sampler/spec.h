/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a run is made of, checked and resolved: plain data that the pipeline
 * (config/pipeline.c) fills and the sampler reads.  No config, no parsing. */
#ifndef KAC_CORE_SPEC_H
#define KAC_CORE_SPEC_H
#include "plugin/instance.h"
#include "sampler/ramp.h"

enum { PATH_MAX_TERMS = 16 }; /* score models, and potentials, of one path */

enum potential_mode {            /* methods.md sections 3 and 4 */
                      MODE_RATE, /* Feynman-Kac corrector: gradient in the drift
                                  */
                      MODE_INTEGRAL, /* log w += lambda phi du */
                      MODE_DIFFERENCE,
                      MODE_MAX,
                      MODE_SUM,
                      MODE_CURRENT,
                      MODE_FINAL,
                      MODE_GUIDE /* guides the proposal only; no target of its
                                    own */
};
enum weights_mode { WEIGHTS_RATE, WEIGHTS_DENSITY, WEIGHTS_OFF };
enum frame { FRAME_MATCHED, FRAME_NOISE };
enum start_law { START_PRIOR, START_GAUSSIAN, START_FILE, START_SCORE };
enum correctness { EXACT, DISCRETISED, ADAPTIVE, UNCORRECTED, GREEDY };

struct spec_term { /* one factor q^p of the target */
  struct instance *score;
  struct ramp power;
};
struct spec_potential {
  struct instance *instance;
  enum potential_mode mode;
  bool at_x0hat;
  struct ramp strength;
  double guide;        /* 0: the potential does not guide */
  bool jacobian_exact; /* guide by the models' VJPs, or take J = 1 */
  int64_t every;       /* twist modes: evaluated every k-th grid time */
  double from, to;     /* ... within this window of progress */
  /* Instead of both: is it looked at after step k?  n_steps + 1, or NULL. */
  const unsigned char *is_step;
  int64_t samples;   /* draws around x0hat on the way; 0: x0hat itself */
  double spread;     /* ... of this width; 0: the posterior's */
  double sigma_data; /* ... of data of this width */
};
struct spec_integrator {
  struct instance *instance;
  struct ramp noise; /* zeta */
  int64_t repeat;    /* INVARIANT moves per step */
  double from, to;   /* [from, to) of progress: see run_is_active */
};
struct spec_start {
  enum start_law law;
  struct instance *score; /* START_SCORE */
  kac_array mean;         /* n_real, or one number, or none (0) */
  double variance;        /* START_PRIOR: sigma(t_max)^2 / sum p */
  kac_array rows;         /* START_FILE: n by n_real */
  kac_array logp;         /* START_FILE: n, or none */
  int64_t burn_in;        /* rounds of the INVARIANT moves at t_max */
};
struct spec_resampler {
  struct instance *instance; /* NULL: never resample */
  double ess_below;          /* fraction of N; 1 or more: always */
  double cess_below;         /* the same of the conditional ESS; 0: not used */
  int64_t every;             /* looked at every k-th step */
  double from, to;           /* window of progress */
  kac_array at_steps;        /* in place of both: rising grid indices */
  bool at_end;               /* resample after the last step as well */
  bool is_biased;            /* KAC_R_BIASED: weights mean nothing */
};

struct spec {
  kac_space space;
  kac_span span;
  size_t n_particles, n_replicates, block, n_threads;
  size_t n_children; /* proposals per particle and step; 1: no choice */
  uint64_t seed;
  size_t n_steps;
  const double *t; /* n_steps + 1, from t_max down to t_min */
  double adapt;    /* conditional ESS that the times keep, part of N; 0: they
                    * are given.  Then n_steps is the most there may be */
  struct instance *schedule;
  struct instance **scores; /* each evaluated once per point */
  size_t n_scores;
  struct spec_term *terms;
  size_t n_terms;
  enum frame frame;
  double sigma_data; /* FRAME_MATCHED */
  enum weights_mode weights;
  struct spec_potential *potentials;
  size_t n_potentials;
  struct spec_integrator *integrators;
  size_t n_integrators;
  struct spec_resampler resampler;
  struct spec_start start;
  struct instance **observers;
  size_t n_observers;
  struct instance **instances; /* all of them, in the order of the config */
  size_t n_instances;
  bool best_of_n;  /* only the best particle of each replicate is written */
  bool keeps_logp; /* log q of every score at the end goes to the result */
  enum correctness correctness;
  const char *correctness_reason;
};

#endif
