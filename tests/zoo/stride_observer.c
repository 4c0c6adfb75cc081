/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Takes the rows of a frame to lie n_real apart. */
#include "observer.h"

static kac_status record(void *self, const kac_frame *frame, kac_error *err) {
  const struct self *own = self;
  size_t n = frame->n_particles * frame->n_replicates;
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += frame->x.real[i * frame->space->n_real];
  kac_status status = own->host->result(own->host, "sum", &sum, 1, err);
  return status == KAC_OK ? healthy_record(self, frame, err) : status;
}
OBSERVER(healthy_create, healthy_begin, record)
