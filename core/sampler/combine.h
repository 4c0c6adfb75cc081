/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Potentials made of potentials: or, and, not of what their exponentials say.
 * To the rest of the sampler a combination is one more potential: an instance
 * whose component lies in the host and calls those of its children.
 *   any_of  log sum_k w_k exp(phi_k)   (soft or)
 *   all_of  sum_k w_k phi_k            (and)
 *   not     log(1 - exp(phi)), phi <= 0
 * docs/methods.md section 4. */
#ifndef KAC_CORE_COMBINE_H
#define KAC_CORE_COMBINE_H
#include "plugin/instance.h"

enum combine_kind { COMBINE_ANY_OF, COMBINE_ALL_OF, COMBINE_NOT };
struct combine { /* the config, and the self, of such an instance */
  enum combine_kind kind;
  size_t n;
  struct instance **child;
  double *weight; /* n, positive */
};

/* The component of a combination whose children are complete: it provides
 * gradients where all of them do. */
kac_component combine_component(const struct combine *combine);
/* NULL for a plugin. */
const struct combine *combine_of(const struct instance *instance);
/* The first plugin under the instance, or itself, that lacks a bit of
 * `provides`; NULL: none does. */
const struct instance *combine_lacking(const struct instance *instance,
                                       uint64_t bit);

#endif
