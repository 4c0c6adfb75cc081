/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See overrides.h. */
#include "overrides.h"

#include <string.h>

const char *const override_names[N_OVERRIDES] = {
    [ALLOW_INCLUDE_OUTSIDE] = "allow-include-outside",
    [INSECURE_PLUGINS] = "insecure-plugins",
    [FORCE_MEMORY] = "force-memory"};

bool overrides_give(struct overrides *overrides, enum override which,
                    const char *word) {
  overrides->is_given[which] = strncmp(word, "--", 2) == 0 &&
                               strcmp(word + 2, override_names[which]) == 0;
  return overrides->is_given[which];
}

bool overrides_allow(struct overrides *overrides, enum override which) {
  if (!overrides || !overrides->is_given[which]) return false;
  overrides->is_used[which] = true;
  return true;
}
