/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Its destructor waits for something that does not come. */
#include "score.h"

static volatile int is_done;

__attribute__((destructor)) static void leave(void) {
  while (!is_done) continue;
}
SCORE(healthy_eval, NULL, NULL, NULL)
