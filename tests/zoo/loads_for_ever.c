/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Waits for ever as it is loaded. */
#include <unistd.h>

#include "potential.h"

__attribute__((constructor)) static void start(void) {
  for (;;) pause();
}
POTENTIAL(healthy_eval, NULL, NULL, NULL)
