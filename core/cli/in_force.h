/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a run does where the config says nothing, or a 0 that stands for the
 * host's choice. */
#ifndef KAC_CORE_IN_FORCE_H
#define KAC_CORE_IN_FORCE_H
#include "config/pipeline.h"

struct in_force {
  char value[80];
  const char *why; /* "all processors"; NULL: a plain default */
};
/* False where the setting's own value is in force. */
bool in_force_find(const struct spec *spec, const struct setting *setting,
                   struct in_force *found);

#endif
