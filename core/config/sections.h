/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The host's own sections of a config: one struct and one parameter table
 * each, read by the same schema as the plugins'. */
#ifndef KAC_CORE_SECTIONS_H
#define KAC_CORE_SECTIONS_H
#include "config/schema.h"

struct section_top {
  int64_t seed, threads, block;
  const char *plugin_path;
  const struct node *state, *schedule, *time, *scores, *target, *path,
      *potentials, *integrators, *resampler, *start, *population, *observers,
      *output;
};
struct section_state {
  int64_t real, particles, dim, mean_free, has_real, has_particles;
};
struct section_time {
  int64_t steps, spacing;
  double rho, t_min, t_max, adapt;
  int64_t has_t_min, has_t_max;
  kac_array grid;
};
enum { SPACING_UNIFORM, SPACING_LOG_SIGMA, SPACING_LOG_SNR, SPACING_KARRAS };
struct section_path {
  int64_t frame, weights;
  double sigma_data;
};
struct section_population {
  int64_t particles, replicates, children;
};
struct section_start {
  const char *law;
  kac_array mean, rows, logp;
  double variance;
  int64_t burn_in, has_variance;
};
struct section_output {
  int64_t trace, samples, logp, best_of_n;
};
/* The host's keys in the groups of plugins. */
struct section_plugin { /* score, schedule, observer */
  const char *plugin, *id;
};
struct section_term {
  const char *score;
  struct ramp power;
};
struct section_potential {
  const char *plugin, *id;
  int64_t mode, at, every, jacobian, samples, has_guide, has_every, has_window;
  struct ramp strength;
  double guide, spread;
  kac_array window, at_steps;
  const struct node *any_of, *all_of, *not ;
};
struct section_child { /* of a combination of potentials */
  const char *plugin, *id;
  double weight;
  const struct node *any_of, *all_of, *not ;
};
struct section_integrator {
  const char *plugin, *id;
  struct ramp noise;
  int64_t repeat;
  kac_array window;
};
struct section_resampler {
  const char *plugin, *id;
  double ess_below, cess_below;
  int64_t every, at_end;
  kac_array window, at_steps;
  int64_t has_ess_below, has_every;
};

struct section { /* a table */
  const kac_param *params;
  size_t n_params, bytes; /* of the struct */
  const kac_param *more;  /* a second table of the same struct, or NULL */
  size_t n_more;
};
enum section_id {
  SECTION_TOP,
  SECTION_STATE,
  SECTION_TIME,
  SECTION_PATH,
  SECTION_POPULATION,
  SECTION_START,
  SECTION_OUTPUT,
  SECTION_PLUGIN,
  SECTION_TERM,
  SECTION_POTENTIAL,
  SECTION_COMBINED,
  SECTION_CHILD,
  SECTION_CHILD_COMBINED,
  SECTION_NOT, /* the same without a weight */
  SECTION_NOT_COMBINED,
  SECTION_INTEGRATOR,
  SECTION_RESAMPLER,
  N_SECTIONS
};
const struct section *section_table(enum section_id id);

#endif
