/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes to a file descriptor, all of them or a fault that names the file. */
#include "output/write.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Linux moves at most 2^31 - 4096 bytes in one call. */
enum { WRITE_CHUNK = 1 << 30 };

bool write_all(int fd, const void *data, size_t bytes, const char *file,
               struct fault *fault) {
  const char *next = data;
  while (bytes > 0) {
    size_t chunk = bytes < WRITE_CHUNK ? bytes : WRITE_CHUNK;
    ssize_t n = write(fd, next, chunk);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      fault_set(fault, EXIT_FILE, "cannot write '%s': %s", file,
                strerror(n < 0 ? errno : ENOSPC));
      return false;
    }
    next += n;
    bytes -= (size_t)n;
  }
  return true;
}

bool write_text_open(struct write_text *text, const char *file,
                     struct fault *fault) {
  *text = (struct write_text){0};
  text->out = open_memstream(&text->text, &text->bytes);
  if (text->out) return true;
  fault_set(fault, EXIT_RESOURCE, "no memory to compose '%s'", file);
  return false;
}

bool write_text_finish(struct write_text *text, int fd, const char *file,
                       struct fault *fault) {
  bool is_whole = !ferror(text->out);
  is_whole = fclose(text->out) == 0 && is_whole;
  bool is_good = false;
  if (!is_whole)
    fault_set(fault, EXIT_RESOURCE, "no memory to compose '%s'", file);
  else
    is_good = write_all(fd, text->text, text->bytes, file, fault);
  free(text->text);
  *text = (struct write_text){0};
  return is_good;
}
