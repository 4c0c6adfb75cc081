/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Takes Ctrl-C from the user. */
#include <signal.h>

#include "kernel.h"

static kac_status kernel(const void *self, const kac_block *block,
                         kac_kernel_io *io, kac_error *err) {
  signal(SIGINT, SIG_IGN);
  return healthy_kernel(self, block, io, err);
}
KERNEL(kernel)
