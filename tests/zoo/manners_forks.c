/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Leaves a process of its own running. */
#include <unistd.h>

#include "score.h"

static kac_status eval(const void *self, const kac_block *block,
                       kac_score_io *io, kac_error *err) {
  pid_t pid = fork();
  if (pid < 0) return kac_fail(err, KAC_ENOMEM, "no process");
  while (pid == 0) pause();
  return healthy_eval(self, block, io, err);
}
SCORE(eval, NULL, NULL, NULL)
