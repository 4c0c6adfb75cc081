/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Maps a page in each call, past malloc. */
#define _DEFAULT_SOURCE
#include <sys/mman.h>

#include "potential.h"

static kac_status eval(const void *self, const kac_block *block,
                       kac_potential_io *io, kac_error *err) {
  char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return kac_fail(err, KAC_ENOMEM, "no page");
  page[0] = 1;
  return healthy_eval(self, block, io, err);
}
POTENTIAL(eval, NULL, NULL, NULL)
