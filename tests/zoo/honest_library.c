/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nothing is wrong with it: a potential upon a library that starts a thread
 * once in a process and keeps it, as libtorch does for devices. */
#include <pthread.h>
#include <unistd.h>

#include "potential.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void *sleep_on(void *argument) {
  for (;;) pause();
  return argument;
}

static void settle(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, sleep_on, NULL);
}

static kac_status eval(const void *self, const kac_block *block,
                       kac_potential_io *io, kac_error *err) {
  pthread_once(&once, settle);
  return healthy_eval(self, block, io, err);
}
POTENTIAL(eval, NULL, NULL, NULL)
