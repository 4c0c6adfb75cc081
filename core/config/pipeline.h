/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a config tree to a checked run: resolves plugins, fills every config,
 * checks what can be known before running, and says what was assumed. */
#ifndef KAC_CORE_PIPELINE_H
#define KAC_CORE_PIPELINE_H
#include "config/schema.h"
#include "plugin/search.h"
#include "sampler/spec.h"

struct output_settings { /* what the config says of files */
  bool trace, samples;
};
struct record; /* a filled group, for pipeline_settings */
struct pipeline {
  struct arena *arena;
  struct node *root; /* after --set */
  struct spec spec;
  struct search search;
  const char *config_path, *base;
  struct overrides *overrides; /* NULL: none */
  struct output_settings output;
  size_t memory; /* estimate of the peak, bytes */
  struct record *records;
  size_t n_records;
};

/* False with every error of the failed stage in diag.  `root` is what
 * tree_read gave (edited by tree_set); search->folders holds --plugin-path
 * only.  Nothing is created yet: pipeline_create does that. */
bool pipeline_check(struct pipeline *pipeline, struct diag *diag);
struct host_outputs;
bool pipeline_create(struct pipeline *pipeline, struct host_outputs *outputs,
                     struct diag *diag);
void pipeline_destroy(struct pipeline *pipeline);

/* Every setting with its value and origin, in the order of the config. Used by
 * --explain, resolved.cfg and run.json. */
struct setting {
  const char *path;       /* "potentials[0].stiffness" */
  const kac_param *param; /* NULL for host choices like sigma_data */
  const void *value;      /* in the config struct */
  struct place origin;    /* file NULL: default */
  bool is_none; /* not given, and what stands for it is no value of its own */
};
void pipeline_settings(const struct pipeline *pipeline,
                       void (*each)(void *, const struct setting *), void *);

#endif
