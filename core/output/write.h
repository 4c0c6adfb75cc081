/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes to a file descriptor, all of them or a fault that names the file. */
#ifndef KAC_CORE_WRITE_H
#define KAC_CORE_WRITE_H
#include <stdio.h>

#include "plugin/instance.h"

/* Short writes and EINTR are continued; else false and EXIT_FILE. */
bool write_all(int fd, const void *data, size_t bytes, const char *file,
               struct fault *fault);

/* A text composed in memory, written as a whole: an error then has its own
 * errno and not that of some later call. */
struct write_text {
  FILE *out; /* print here */
  char *text;
  size_t bytes;
};
bool write_text_open(struct write_text *text, const char *file,
                     struct fault *fault);
/* Closes `text` in any case. */
bool write_text_finish(struct write_text *text, int fd, const char *file,
                       struct fault *fault);

#endif
