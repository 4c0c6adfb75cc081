/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Normalises the log weights of the frame, where they are. */
#include "observer.h"

static kac_status record(void *self, const kac_frame *frame, kac_error *err) {
  double *logw = (double *)(uintptr_t)frame->logw;
  for (size_t i = 0; i < frame->n_particles; i++) logw[i] -= 1;
  return healthy_record(self, frame, err);
}
OBSERVER(healthy_create, healthy_begin, record)
