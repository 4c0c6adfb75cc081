/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Has the settings of the first stand for all. */
#include "several.h"

static kac_status eval_group(const void *const *selves, size_t n,
                             const kac_block *block, kac_score_io *const *ios,
                             kac_error *err) {
  const void *first[16];
  for (size_t k = 0; k < n; k++) first[k] = selves[0];
  return healthy_group(first, n, block, ios, err);
}
SEVERAL(healthy_sample, eval_group)
