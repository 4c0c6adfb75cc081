/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fails in the middle of a run. */
#include "observer.h"

static kac_status record(void *self, const kac_frame *frame, kac_error *err) {
  if (frame->step == 2) return kac_fail(err, KAC_EIO, "the tape is full");
  return healthy_record(self, frame, err);
}
OBSERVER(healthy_create, healthy_begin, record)
