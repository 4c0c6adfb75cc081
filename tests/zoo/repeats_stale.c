/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Remembers log v of the last time in a static table that forgets whose width
 * it was. */
#include "score.h"

static kac_status eval(const void *self, const kac_block *block,
                       kac_score_io *io, kac_error *err) {
  static _Thread_local double at = -1, width;
  if (at != io->t) width = ((const struct config *)self)->width;
  at = io->t;
  const struct config cached = {width};
  return healthy_eval(&cached, block, io, err);
}
SCORE(eval, NULL, NULL, NULL)
