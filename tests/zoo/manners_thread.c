/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Leaves a thread of its own running. */
#include <pthread.h>
#include <unistd.h>

#include "kernel.h"

static void *sleep_on(void *argument) {
  for (;;) pause();
  return argument;
}

static kac_status kernel(const void *self, const kac_block *block,
                         kac_kernel_io *io, kac_error *err) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, sleep_on, NULL) != 0)
    return kac_fail(err, KAC_ENOMEM, "no thread");
  return healthy_kernel(self, block, io, err);
}
KERNEL(kernel)
