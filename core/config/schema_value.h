/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the schema share: one key, its row and its value. */
#ifndef KAC_CORE_SCHEMA_VALUE_H
#define KAC_CORE_SCHEMA_VALUE_H
#include "config/schema.h"

struct schema_value {
  const struct schema *schema;
  const char *what;        /* "potential 'quadratic'" */
  const struct node *node; /* of the key */
  const kac_param *param;
};

/* Sizes that the names in the shapes of one component stand for. */
struct schema_sizes {
  size_t n;
  struct {
    char name[16];
    size_t size;
    const char *said; /* "means has 4 rows" */
    struct place at;
  } known[16];
};

/* Fill *target from the node; false with errors.  Ramps in schema_ramp.c,
 * arrays in schema_array.c. */
bool schema_value(const struct schema_value *value, struct schema_sizes *sizes,
                  void *target);
bool schema_ramp(const struct schema_value *value, struct ramp *ramp);
bool schema_array(const struct schema_value *value, struct schema_sizes *sizes,
                  kac_array *array);

/* "KEY of WHAT must be WANTED, not a string", with the value if it is short. */
bool schema_wrong_type(const struct schema_value *value, const char *wanted);
/* The number of the node, if it is one in the range of the row. */
bool schema_real(const struct schema_value *value, double *real);
bool schema_in_range(const kac_param *param, double x);
/* "must be > 0"; text must hold SCHEMA_RANGE_BYTES. */
enum { SCHEMA_NUMBER_BYTES = 32, SCHEMA_RANGE_BYTES = 128 };
void schema_range_text(const kac_param *param, char *text);
/* The shortest decimal that reads back as x. */
void schema_number_text(double x, char *text);
/* "conf/run.cfg:4" */
const char *schema_place_text(struct arena *arena, struct place at);
bool schema_no_memory(const struct schema *schema, struct place at);
/* A path of the config, from the folder of the config; NULL: no memory. */
const char *schema_path(const struct schema *schema, const char *path);

#endif
