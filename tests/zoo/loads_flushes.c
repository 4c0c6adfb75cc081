/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Flushes subnormal numbers to zero from the moment it is loaded, as what is
 * linked with -ffast-math does. */
#include "flush.h"
#include "score.h"

__attribute__((constructor)) static void start(void) {
  flush_subnormals();
}
SCORE(healthy_eval, NULL, NULL, NULL)
