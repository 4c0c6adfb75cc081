/* SPDX-License-Identifier: GPL-3.0-or-later */
/* resolved.cfg: the config of a run after --set, with defaults as comments.
 * It can be run from anywhere and gives the same run. */
#ifndef KAC_CORE_RESOLVED_H
#define KAC_CORE_RESOLVED_H
#include <stdio.h>

#include "output/settings.h"

struct resolved {
  const struct node *root;
  const struct settings *settings;
  const char *config_path, *base; /* of the config; base: for relative paths */
  const char *plugin_path;        /* folders searched, with colons; or NULL */
  uint64_t seed;                  /* written where the config has none */
};

void resolved_print(FILE *out, const struct resolved *resolved);
/* Writes it to fd; false with *fault. */
bool resolved_write(int fd, const struct pipeline *pipeline,
                    const struct settings *settings, struct fault *fault);

#endif
