/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ends the process as if all were done. */
#include <unistd.h>

#include "observer.h"

static kac_status record(void *self, const kac_frame *frame, kac_error *err) {
  (void)self, (void)frame, (void)err;
  _exit(0);
}
OBSERVER(healthy_create, healthy_begin, record)
