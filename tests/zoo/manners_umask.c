/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lets everybody write to the files that the host makes. */
#include <sys/stat.h>

#include "observer.h"

static kac_status begin(void *self, kac_error *err) {
  umask(0);
  return healthy_begin(self, err);
}
OBSERVER(healthy_create, begin, healthy_record)
