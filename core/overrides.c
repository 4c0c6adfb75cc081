/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See overrides.h. */
#include "overrides.h"

const char *const override_names[N_OVERRIDES] = {
    [ALLOW_INCLUDE_OUTSIDE] = "allow-include-outside",
    [INSECURE_PLUGINS] = "insecure-plugins",
    [FORCE_MEMORY] = "force-memory"};

bool overrides_allow(struct overrides *overrides, enum override which) {
  if (!overrides || !overrides->is_given[which]) return false;
  overrides->is_used[which] = true;
  return true;
}
