/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a command line may ask for against the host's advice, and which of it a
 * command has made use of: that goes into run.json. */
#ifndef KAC_CORE_OVERRIDES_H
#define KAC_CORE_OVERRIDES_H
#include <stdbool.h>
#include <stddef.h>

enum override {
  ALLOW_INCLUDE_OUTSIDE, /* files that do not lie below the config's folder */
  INSECURE_PLUGINS,      /* that others can change */
  FORCE_MEMORY,          /* more than is available */
  N_OVERRIDES
};
struct overrides {
  bool is_given[N_OVERRIDES], is_used[N_OVERRIDES];
};
extern const char *const override_names[N_OVERRIDES]; /* without "--" */

/* Takes `word` of a command line for it; false unless it is written in full:
 * who types --force may mean another option. */
bool overrides_give(struct overrides *overrides, enum override which,
                    const char *word);
/* Is it given?  Notes that it was needed; NULL allows nothing. */
bool overrides_allow(struct overrides *overrides, enum override which);

#endif
