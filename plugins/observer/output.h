/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inline helpers that the observers share: whole writes, and numbers in JSON.
 */
#ifndef KAC_PLUGINS_OBSERVER_OUTPUT_H
#define KAC_PLUGINS_OBSERVER_OUTPUT_H
#include <errno.h>
#include <kac/sdk.h>
#include <unistd.h>

/* All of it, or an error that says what the system said. */
__attribute__((unused)) static kac_status output_write(int fd, const void *data,
                                                       size_t bytes,
                                                       kac_error *err) {
  const char *at = data;
  while (bytes > 0) {
    ssize_t written = write(fd, at, bytes);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0)
      return kac_fail(err, KAC_EIO, "%zu bytes could not be written: %s", bytes,
                      written < 0 ? strerror(errno) : "no space");
    at += written;
    bytes -= (size_t)written;
  }
  return KAC_OK;
}

__attribute__((unused)) static kac_status output_close(int *fd,
                                                       kac_error *err) {
  int open = *fd;
  *fd = -1;
  if (open < 0 || close(open) == 0) return KAC_OK;
  return kac_fail(err, KAC_EIO, "a file could not be closed: %s",
                  strerror(errno));
}

enum { OUTPUT_NUMBER = 32 }; /* bytes that a number takes, with a comma */

/* One line of JSON, in memory that is large enough: output_line says how much
 * that is for a given number of keys and numbers. */
struct line {
  char *text;
  size_t n, size;
};

KAC_INLINE size_t output_line(size_t n_keys, size_t n_numbers) {
  return 16 + n_keys * OUTPUT_NUMBER + n_numbers * OUTPUT_NUMBER;
}

KAC_PRINTF(2, 3)
__attribute__((unused)) static void line_add(struct line *line,
                                             const char *format, ...) {
  va_list args;
  va_start(args, format);
  int n = vsnprintf(line->text + line->n, line->size - line->n, format, args);
  va_end(args);
  if (n > 0 && (size_t)n < line->size - line->n) line->n += (size_t)n;
}

/* JSON knows neither NaN nor infinity. */
__attribute__((unused)) static void line_number(struct line *line, double x) {
  if (isfinite(x))
    line_add(line, "%.17g", x);
  else
    line_add(line, "null");
}

__attribute__((unused)) static void line_numbers(struct line *line,
                                                 const char *key,
                                                 const double *x, size_t n) {
  line_add(line, ",\"%s\":[", key);
  for (size_t i = 0; i < n; i++) {
    if (i > 0) line_add(line, ",");
    line_number(line, x[i]);
  }
  line_add(line, "]");
}

#endif
