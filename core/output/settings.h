/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All settings of a pipeline in one list, for those who look them up. */
#ifndef KAC_CORE_SETTINGS_H
#define KAC_CORE_SETTINGS_H
#include "config/pipeline.h"

struct settings {
  struct setting *item; /* paths are owned, values are the pipeline's */
  char **path;
  size_t n, room;
  bool is_short; /* memory ran out */
};

bool settings_collect(struct settings *settings,
                      const struct pipeline *pipeline);
void settings_free(struct settings *settings);
/* NULL if there is none of that path. */
const struct setting *settings_find(const struct settings *settings,
                                    const char *path);
/* Is a text of the config at that path, under that name (NULL in a list), the
 * path of a file?  `means_file` stands for `means`, and a text where an array
 * is wanted can only be a path. */
bool settings_is_file(const struct settings *settings, const char *name,
                      const char *path);

#endif
