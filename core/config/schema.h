/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The closed schema: fills config structs of host sections and plugins alike
 * from their parameter tables (kac_param), with defaults, types, ranges,
 * shapes, files and suggestions.  A key that no table knows is an error. */
#ifndef KAC_CORE_SCHEMA_H
#define KAC_CORE_SCHEMA_H
#include <kac/plugin.h>

#include "config/tree.h"
#include "sampler/ramp.h"

/* Types that only the host's own tables use, beside KAC_T_*. */
enum {
  SCHEMA_RAMP = 100, /* struct ramp: a number, { from; to; shape; } or
                      * { table = ((s, v), ...); } */
  SCHEMA_NODE,       /* const struct node *: judged by the caller */
  SCHEMA_GIVEN       /* int64_t: 1 if the key `name` was given; not a key */
};
#define SCHEMA_ROW_RAMP(T, m, def, min, max, doc)                          \
  {                                                                        \
#m, "", doc, SCHEMA_RAMP, 0, KAC_AT(T, m, struct ramp), def, min, max, \
        NULL                                                               \
  }
#define SCHEMA_ROW_NODE(T, m, flags, doc)                                     \
  {                                                                           \
#m, "", doc, SCHEMA_NODE, flags, KAC_AT(T, m, const struct node *), 0, 0, \
        0, NULL                                                               \
  }

/* One table and the struct that it fills. */
struct schema_part {
  const kac_param *params;
  size_t n_params, param_size;
  void *config;         /* zeroed by the caller */
  struct place *origin; /* n_params, or NULL: where each value came from */
};
struct schema {
  struct arena *arena;
  struct diag *diag;
  const char *base;   /* folder of the config file: for relative paths */
  size_t n_real;      /* what "d" means in a shape; 0: not known, not checked */
  struct place state; /* where it was said */
};

/* Fill all parts from `group` (NULL: defaults only, REQUIRED keys are errors
 * at `at`).  `what` names the group in messages: "potential 'quadratic'".
 * Reports every error; false if there was one. */
bool schema_fill(const struct schema *schema, const struct node *group,
                 struct place at, const char *what,
                 const struct schema_part *parts, size_t n_parts);

/* Read a .npy or .txt (white space or commas, # comments, equal columns). */
bool schema_read_array(const struct schema *schema, const char *path,
                       struct place at, kac_array *array);

/* Nearest of n names (stride bytes apart, each a const char * at its start)
 * within edit distance len/3 + 1, or NULL. */
const char *suggest(const char *word, const void *names, size_t n,
                    size_t stride);

#endif
