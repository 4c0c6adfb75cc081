/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forgets the last of a group. */
#include "several.h"

static kac_status eval_group(const void *const *selves, size_t n,
                             const kac_block *block, kac_score_io *const *ios,
                             kac_error *err) {
  return healthy_group(selves, n - 1, block, ios, err);
}
SEVERAL(healthy_sample, eval_group)
