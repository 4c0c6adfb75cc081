/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prints every frame on standard output. */
#include "observer.h"

static kac_status record(void *self, const kac_frame *frame, kac_error *err) {
  printf("t = %g\n", frame->t);
  return healthy_record(self, frame, err);
}
OBSERVER(healthy_create, healthy_begin, record)
