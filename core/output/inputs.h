/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files that a config names and a plugin or the host read: networks,
 * arrays, Python.  Hashed between the reading and the first step, so that what
 * happens to a file during a long run does not matter. */
#ifndef KAC_CORE_INPUTS_H
#define KAC_CORE_INPUTS_H
#include "output/json.h"
#include "output/settings.h"
#include "output/sha256.h"

struct input {
  struct input *next;
  const char *setting, *path; /* "scores[0].file"; absolute where it can be */
  uint64_t size;
  char sha256[SHA256_TEXT]; /* "": it could not be read any more */
};
struct inputs {
  struct input *first; /* in the order of the config */
};

/* False: no memory.  Lives in the pipeline's arena. [main] */
bool inputs_read(struct inputs *inputs, const struct pipeline *pipeline,
                 const struct settings *settings);
/* "inputs": setting, path, size, sha256 of each. */
void inputs_json(struct json *json, const struct inputs *inputs);

#endif
