/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes the n-th allocation of the host fail: a posix_memalign of our own,
 * which the linker prefers to that of libc.  memory.c calls nothing else. */
#ifndef KAC_TESTS_ALLOCATION_FAULT_H
#define KAC_TESTS_ALLOCATION_FAULT_H
#include <errno.h>
#include <stdlib.h>

static long fails_at = -1; /* counts down to one failure; < 0: none */

int posix_memalign(void **block, size_t alignment, size_t bytes) {
  if (fails_at >= 0 && fails_at-- == 0) return ENOMEM;
  size_t rounded = (bytes + alignment - 1) / alignment * alignment;
  *block = aligned_alloc(alignment, rounded);
  return *block ? 0 : ENOMEM;
}

#endif
