/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nothing is wrong with it: a potential whose threads share a buffer behind a
 * lock. */
#include <pthread.h>

#include "potential.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static kac_status eval(const void *self, const kac_block *block,
                       kac_potential_io *io, kac_error *err) {
  static volatile double work;
  kac_status status = healthy_eval(self, block, io, err);
  pthread_mutex_lock(&lock);
  for (size_t i = 0; (io->want & KAC_Q_PHI) && i < block->n; i++) {
    work = io->phi[i];
    io->phi[i] = work;
  }
  pthread_mutex_unlock(&lock);
  return status;
}
POTENTIAL(eval, NULL, NULL, NULL)
