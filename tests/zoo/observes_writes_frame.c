/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Wraps the particles of the frame into a box, where they are. */
#include "observer.h"

static kac_status record(void *self, const kac_frame *frame, kac_error *err) {
  for (size_t i = 0; i < frame->n_particles; i++) {
    double *x = (double *)(uintptr_t)kac_row(&frame->x, i);
    x[0] -= floor(x[0]);
  }
  return healthy_record(self, frame, err);
}
OBSERVER(healthy_create, healthy_begin, record)
