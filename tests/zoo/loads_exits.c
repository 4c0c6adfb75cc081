/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ends the process as it is loaded, without a word. */
#include <unistd.h>

#include "resampler.h"

__attribute__((constructor)) static void start(void) {
  _exit(0);
}
RESAMPLER(healthy_resample)
