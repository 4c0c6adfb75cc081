/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A pipeline while it is built: what the files of the pipeline share.  The
 * order: sections and plugins (build_groups.c), times (build_time.c), rules
 * across them (build_rules.c), then the pipeline is ready (pipeline.c). */
#ifndef KAC_CORE_BUILD_H
#define KAC_CORE_BUILD_H
#include "config/pipeline.h"
#include "config/sections.h"

struct record {
  const char *prefix; /* "potentials[0]." */
  const kac_param *params;
  size_t n_params, param_size;
  const void *config;
  const struct place *origin;
};
struct build {
  struct pipeline *pipeline;
  struct spec *spec;
  struct diag *diag;
  struct schema schema;
  struct section_top top;
  struct section_state state;
  struct section_time time;
  struct section_path path;
  struct section_population population;
  struct section_start start;
  struct section_output output;
  size_t n_children;                      /* of combinations */
  struct section_term *terms;             /* as spec->terms */
  struct section_potential *potentials;   /* as spec->potentials */
  struct section_integrator *integrators; /* as spec->integrators */
  const struct node **groups;             /* by number of the instance */
  struct place term_at[16];               /* by index in spec->terms */
  struct place start_at, path_at, time_at;
};

/* One error at a place; always false. */
bool build_error(struct build *build, struct place at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Where one of the keys ("at mode") of a group was said: the command line
 * first, which is what a user changed last, then the first key that is there.
 * None of them: `otherwise`. */
struct place build_key(const struct node *group, const char *keys,
                       struct place otherwise);
/* The same in the group of an instance, else the place of the group. */
struct place build_key_of(const struct build *build,
                          const struct instance *instance, const char *keys);
/* Below the error just given at `at`, always false: where those of the keys
 * stand that are not there as well, "mode is set at run.cfg:7".  An error about
 * two keys names the places of both. */
bool build_also(struct build *build, const struct node *group, const char *keys,
                struct place at);
/* The same of one thing that has a place. */
bool build_also_at(struct build *build, const char *what, struct place other,
                   struct place at);
/* The file as a whole, where no better place is known. */
struct place build_place(const struct build *build);

/* Every section and plugin of the config, into the build and the spec. */
bool build_groups(struct build *build);
/* n + 1 zeroed things, or NULL with an error. */
void *build_take(struct build *build, size_t n, size_t bytes);
/* A group of host keys into config, with those of the instance's component if
 * there is one; prefix "potentials[0]." names it in settings. */
bool build_fill(struct build *build, const struct node *group,
                const char *prefix, const char *what, enum section_id id,
                void *config, struct instance *instance);
/* The plugin that a group names, found and filled. NULL with errors. */
struct instance *build_instance(struct build *build, uint32_t kind,
                                const struct node *group, const char *prefix,
                                enum section_id id, void *host_config);
/* The items of a list of groups; a missing list has none. */
bool build_list(struct build *build, const struct node *list, const char *name,
                size_t most, size_t *n);
/* "potentials[0]." of the list and its item; NULL: no memory. */
const char *build_prefix(struct build *build, const char *list, size_t i);
bool build_window(struct build *build, const kac_array *window,
                  const struct node *group, double *from, double *to);
/* Number and id of an instance whose keys have been filled. */
bool build_register(struct build *build, struct instance *instance,
                    const struct node *group, const char *prefix,
                    const void *host_config);
/* A potential: a plugin, with the keys of one section, or a combination of
 * potentials, with those of the other.  NULL with errors. */
struct instance *build_potential(struct build *build, const struct node *group,
                                 const char *prefix, enum section_id plugin,
                                 enum section_id combined, void *host_config);
bool build_scores(struct build *build);
bool build_target(struct build *build);
bool build_potentials(struct build *build);
bool build_integrators(struct build *build);
bool build_resampler(struct build *build);
bool build_observers(struct build *build);
/* spec->t. The schedule has been created. */
bool build_time(struct build *build);
/* plan->first and plan->last of an instance: build_ends.c. */
bool build_ends(struct build *build, const struct instance *instance,
                kac_plan *plan);
/* Weights from densities need a kernel that has one, to the last step. */
bool build_has_density(struct build *build,
                       const struct spec_integrator *entry);
/* A kernel tried before the run on Gaussian data: build_trial.c. */
struct build_kernel { /* x' ~ N(slope x, var); NaN: cannot be told */
  double slope, var;
};
struct build_point {
  double progress, b, precision; /* of the field b x; S = -precision x */
};
struct build_trial {
  struct build *build;
  const struct spec_integrator *entry;
  double sigma_data; /* 0: unknown, so that slopes mean little */
  double *rows;
  void *scratch;
  /* Of the step in hand: the two ends, and the kernel down and back up. */
  kac_coeffs c0, c1;
  struct build_point p0, p1;
  struct build_kernel down, up;
};
/* False: it has no kernel, or none that can be asked before a run. */
bool build_trial_open(struct build *build, const struct spec_integrator *entry,
                      struct build_trial *trial);
void build_trial_step(struct build_trial *trial, size_t step);
/* What must hold between parts; sigma_data. */
bool build_rules(struct build *build);
/* What is allowed and rarely meant. */
void build_warn(struct build *build);
bool build_population_rules(struct build *build);
/* An error unless `from` provides the bit, which `reason` needs. */
bool build_needs(struct build *build, const struct instance *from, uint64_t bit,
                 const char *what, struct place at, const char *reason);
/* The same for every model of the target. */
bool build_every_score(struct build *build, uint64_t bit, const char *what,
                       struct place at, const char *reason);
/* Rms radius per coordinate of the data: as given, or the models' largest; 0
 * where nobody knows. */
double build_sigma_data(const struct build *build);
/* What potentials need of the rest; their steps become flags. */
bool build_check_potentials(struct build *build);
/* spec->start. */
bool build_start(struct build *build);
void build_correctness(struct build *build);
/* A score by its id, or NULL with an error that begins with `what`. */
struct instance *build_find_score(struct build *build, const char *id,
                                  struct place at, const char *what);
/* Sum of the powers at a progress, and whether it is 1 all along. */
double build_sum_of_powers(const struct spec *spec, double progress);
bool build_is_plain(const struct spec *spec);
/* Is there no noising at any time of the grid?  Does a potential guide? */
bool build_is_at_rest(const struct build *build);
bool build_has_guide(const struct spec *spec);
/* Nodes enough to see any change of a ramp. */
enum { BUILD_PROBES = 64 };

#endif
