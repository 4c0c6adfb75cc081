/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sets a timer that will end the run. */
#include <unistd.h>

#include "observer.h"

static kac_status begin(void *self, kac_error *err) {
  alarm(3600);
  return healthy_begin(self, err);
}
OBSERVER(healthy_create, begin, healthy_record)
