/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A whole file in memory, read once: what is checked is what is used. */
#ifndef KAC_CORE_READ_FILE_H
#define KAC_CORE_READ_FILE_H
#include "config/diag.h"

struct file_bytes {
  char *data; /* NUL-terminated; free() it */
  size_t n;
  unsigned long long device, inode;
};

/* Path "-" is standard input.  Everything else must be a regular file: pipes,
 * devices and folders are refused without waiting for them.  Else the code of
 * the failure, with the reason in `why`. */
enum exit_code read_file(const char *path, size_t limit,
                         struct file_bytes *file, char *why, size_t why_bytes);

#endif
