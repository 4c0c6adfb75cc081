/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fails where no files are to be written. */
#include "observer.h"

static kac_status begin(void *self, kac_error *err) {
  const struct self *own = self;
  kac_status status = healthy_begin(self, err);
  if (status == KAC_OK && own->fd < 0)
    return kac_fail(err, KAC_EIO, "times.txt cannot be opened");
  return status;
}
OBSERVER(healthy_create, begin, healthy_record)
