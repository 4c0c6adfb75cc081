/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Its destructor follows a pointer to nowhere, after a run that went well. */
#include "potential.h"

static volatile int *volatile nowhere;

__attribute__((destructor)) static void leave(void) {
  *nowhere = 1;
}
POTENTIAL(healthy_eval, NULL, NULL, NULL)
