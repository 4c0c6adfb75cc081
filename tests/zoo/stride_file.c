/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes all numbers of a frame as if its rows lay n_real apart. */
#include "observer.h"

static kac_status record(void *self, const kac_frame *frame, kac_error *err) {
  const struct self *own = self;
  size_t n = frame->n_particles * frame->n_replicates;
  size_t bytes = n * frame->space->n_real * sizeof(double);
  if (own->fd < 0 || write(own->fd, frame->x.real, bytes) == (ssize_t)bytes)
    return KAC_OK;
  return kac_fail(err, KAC_EIO, "times.txt cannot be written");
}
OBSERVER(healthy_create, healthy_begin, record)
