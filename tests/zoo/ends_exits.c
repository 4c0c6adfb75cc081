/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Its destructor gives the process another status. */
#include <unistd.h>

#include "potential.h"

__attribute__((destructor)) static void leave(void) {
  _exit(0);
}
POTENTIAL(healthy_eval, NULL, NULL, NULL)
